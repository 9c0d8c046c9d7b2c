import assert from 'node:assert/strict';
import { isAscii } from 'node:buffer';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ring } from '../../../agent/processes/ring.ts';
import { LineSplitter } from '../../../shared/streams/lines.ts';
import { type NumberedEvent, readEvents, startAgent, type TestAgent } from '../../support/agent.ts';
import { type Line, linesOf, type Piece, randomFrom, randomPieces } from './model.ts';

/** Where lines are cut here, so that many are. */
const lineBytes = 20;

/** Writes what a file lists, `stream bytes-as-base64` a line, each as a write of its own. */
const writer = `const fs = require('node:fs');
for (const line of fs.readFileSync(process.argv[1], 'utf8').trim().split('\\n')) {
  const [fd, text] = line.split(' ');
  fs.writeSync(Number(fd), Buffer.from(text, 'base64'));
}`;

test('whatever is put out, its events are those that follow from the bytes, and a reader that comes back gets exactly the rest', async (t) => {
  const agent = await startAgent(t, { CUBBY_LINE_BYTES: String(lineBytes) });
  writeFileSync(join(agent.dir, 'writer.cjs'), writer);
  for (const seed of [1, 22, 333, 4444, 55555]) {
    const pieces = randomPieces(randomFrom(seed), 300);
    const list = pieces.map(({ stream, data }) => `${stream === 'stdout' ? 1 : 2} ${data.toString('base64')}`);
    writeFileSync(join(agent.dir, 'pieces'), list.join('\n'));
    const { events } = await agent.run(`node -e "$(cat writer.cjs)" pieces; exit 3`, { cwd: agent.dir });
    const id = events[0]!.text!;
    const expected = linesOf(await recordsOf(agent, id), lineBytes);
    assert.deepEqual(linesIn(events), expected, `seed ${seed}`);
    const random = randomFrom(seed);
    for (let count = 0; count < 12; count += 1) {
      const after = events[random(events.length)]!.id!;
      const headers = { 'last-event-id': String(after) };
      const rest = await readEvents(await agent.fetch(`/command/${id}/events`, { headers }));
      assert.deepEqual(
        rest,
        events.filter((event) => event.id! > after),
        `seed ${seed}, after ${after}`,
      );
    }
  }
});

test('events and their numbers follow from the bytes, wherever the reads from the pipes cut them', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const random = randomFrom(seed);
    const maxBytes = 4 + random(40);
    const pieces = randomPieces(random, 40);
    const splitters = { stdout: new LineSplitter(maxBytes), stderr: new LineSplitter(maxBytes) };
    const lines: Line[] = [];
    let position = 0;
    for (const { stream, data } of pieces) {
      splitters[stream].push(data, position, (text, id, charset) => {
        lines.push({ id, type: stream, text: text === '' ? '\n' : text });
        if (charset === 'plain') assert.equal(JSON.stringify(text), `"${text}"`);
        if (charset !== 'any') assert.ok(isAscii(Buffer.from(text)));
      });
      position += data.length;
    }
    for (const [step, stream] of (['stdout', 'stderr'] as const).entries()) {
      const text = splitters[stream].flush();
      if (text !== undefined) lines.push({ id: position + 1 + step, type: stream, text });
    }
    assert.deepEqual(lines, linesOf(pieces, maxBytes), `seed ${seed}`);
  }
});

/** Output as the runner read it, in whatever pieces that was. */
async function recordsOf(agent: TestAgent, id: string): Promise<Piece[]> {
  const ring = new Ring(join(agent.config.spool, id));
  const { records } = ring.read(0);
  ring.close();
  return records;
}

function linesIn(events: NumberedEvent[]) {
  return events
    .filter(({ type }) => type === 'stdout' || type === 'stderr')
    .map(({ id, type, text }) => ({ id, type, text }));
}
