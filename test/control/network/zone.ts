import { writeName } from '../../../control/network/dns-names.ts';
import { types } from '../../../control/network/dns-question.ts';
import { parseRange } from '../../../control/network/ranges.ts';
import { type Behaviour, nameOf } from './name-server.ts';

/** What a name has: addresses of both families, or another name that it stands for. */
export interface Entry {
  addresses?: string[];
  alias?: string;
  ttl?: number;
}

/** The names that there are; in lower case. It may be changed while a server answers with it. */
export type Zone = Record<string, Entry>;

/** A server's behaviour: what the zone says, aliases followed, and "no such name" for all else. */
export function serve(zone: Zone): Behaviour {
  return ({ message, by }) => {
    const end = message.indexOf(0, 12) + 5;
    const type = message.readUInt16BE(end - 4);
    const name = nameOf(message).toLowerCase();
    const records: Buffer[] = [];
    let at: string | undefined = name;
    for (
      let entry = zone[name];
      entry !== undefined && at !== undefined;
      entry = at === undefined ? undefined : zone[at]
    ) {
      const { addresses = [], alias, ttl = 60 } = entry;
      const owner: string = at;
      for (const address of addresses) {
        if ((address.includes(':') ? types.aaaa : types.a) === type)
          records.push(record(owner, type, ttl, bytes(address)));
      }
      if (alias !== undefined) records.push(record(owner, types.cname, ttl, writeName(alias)));
      at = alias;
    }
    const reply = Buffer.concat([message.subarray(0, end), ...records]);
    reply.writeUInt16BE(zone[name] === undefined ? 0x8183 : 0x8180, 2);
    reply.writeUInt16BE(records.length, 6);
    reply.fill(0, 8, 12);
    if (by === 'stream' || reply.length <= 1232) return [reply];
    const cut = Buffer.from(reply.subarray(0, end));
    cut.writeUInt16BE(0x8380, 2);
    cut.writeUInt16BE(0, 6);
    return [cut];
  };
}

/** One record of class IN, its owner written out. */
export function record(owner: string, type: number, ttl: number, data: Buffer): Buffer {
  const rest = Buffer.alloc(10);
  rest.writeUInt16BE(type, 0);
  rest.writeUInt16BE(1, 2);
  rest.writeUInt32BE(ttl, 4);
  rest.writeUInt16BE(data.length, 8);
  return Buffer.concat([writeName(owner), rest, data]);
}

function bytes(address: string): Buffer {
  const { family, first } = parseRange(address)!;
  return Buffer.from(first.toString(16).padStart(family === 4 ? 8 : 32, '0'), 'hex');
}
