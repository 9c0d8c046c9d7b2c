import { totalmem } from 'node:os';
import { LeftOut } from '../output.ts';
import { type Member, members, pieces } from './json-members.ts';

/** The memory that the agent shares with all that runs beside it. */
const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);

/** One form of an output may be this large. It is in the agent's memory a few times, some of them in a heap that may be small. */
export const maxValueBytes = Math.min(32 * 1024 * 1024, Math.floor(memory / 16));

/**
 * The content of a large message, read so that the agent's memory stays small: text of a stream comes in several contents, and of
 * the rest what is larger than `limit` is left out, or cut where it is text. @throws Error for what is no JSON object
 */
export function* largeContents(type: string, json: Buffer, limit = maxValueBytes): Generator<Record<string, unknown>> {
  const found = [...members(json)];
  const text = type === 'stream' && found.find(({ key }) => key === 'text');
  if (!text || json[text.start] !== 0x22) {
    yield Object.fromEntries(found.map((member) => [member.key, reduced(json, member, limit)]));
    return;
  }
  const name = found.find(({ key }) => key === 'name');
  for (const piece of pieces(json, text)) yield { name: name && parsed(json, name), text: piece };
}

function reduced(json: Buffer, member: Member, limit: number): unknown {
  const bytes = member.end - member.start;
  if (member.key === 'data' && json[member.start] === 0x7b) return forms(json, member, limit);
  if (bytes <= limit) return parsed(json, member);
  if (member.key === 'traceback') return [`(a traceback of ${bytes} bytes was left out)`];
  if (json[member.start] !== 0x22) return json[member.start] === 0x5b ? [] : {};
  const [beginning = ''] = pieces(json, member);
  return `${beginning}… (of ${bytes} bytes)`;
}

function forms(json: Buffer, data: Member, limit: number): Record<string, unknown> {
  const found = [...members(json.subarray(0, data.end), data.start)];
  return Object.fromEntries(
    found.map((form) => {
      const bytes = form.end - form.start;
      return [form.key, bytes <= limit ? parsed(json, form) : new LeftOut(bytes)];
    }),
  );
}

function parsed(json: Buffer, { start, end }: Member): unknown {
  return JSON.parse(json.toString('utf8', start, end));
}
