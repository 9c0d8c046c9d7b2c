import { randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Channels } from '../../../agent/kernels/channels.ts';
import { nudge } from '../../../agent/kernels/nudge.ts';
import { CodeClient } from './code-client.ts';
import { makeDisk, serve } from './sandbox.ts';
const disk = makeDisk({ after() {} } as never);
const { app, address } = await serve(disk);
const c = new CodeClient(address);
await c.cell('1');
const [id] = readdirSync(join(disk.dir, 'spool'));
const record = JSON.parse(readFileSync(join(disk.dir, 'spool', id!, 'kernel.json'), 'utf8'));
const ch = new Channels(record.connection, randomUUID(), console.error);
await nudge(ch, 'shell', new AbortController().signal);
async function raw(code: string) {
  const msg_id = randomUUID(); let idle = false, reply = false;
  return new Promise<void>((resolve) => {
    ch.listener = (m: any) => { if (m.parent_header.msg_id !== msg_id) return; if (m.channel === 'shell') reply = true; if (m.header.msg_type === 'status' && m.content.execution_state === 'idle') idle = true; if (idle && reply) resolve(); };
    ch.send({ channel: 'shell', header: { msg_id, msg_type: 'execute_request', session: 's', username: '', date: new Date().toISOString(), version: '5.3' }, parent_header: {}, metadata: {}, content: { code, silent: false, store_history: true, allow_stdin: false, stop_on_error: false, user_expressions: {} } } as never);
  });
}
const q = (a: number[], p: number) => a.sort((x, y) => x - y)[Math.floor(a.length * p)]!.toFixed(2);
const http = await c.request('GET', '/code/contexts'); await http.text();
for (let round = 0; round < 3; round++) {
  const a: number[] = [], b: number[] = [], h: number[] = [];
  for (let i = 0; i < 300; i++) {
    let t = performance.now(); await raw('1+1'); if (i > 20) a.push(performance.now() - t);
    t = performance.now(); await c.cell('1+1'); if (i > 20) b.push(performance.now() - t);
    t = performance.now(); await (await c.request('GET', '/code/contexts')).text(); if (i > 20) h.push(performance.now() - t);
  }
  console.log('raw p50/p99', q(a, .5), q(a, .99), 'through http', q(b, .5), q(b, .99), 'plain GET', q(h, .5), q(h, .99));
}
writeFileSync('/tmp/kx/body', JSON.stringify({ code: 'print("x"*20_000_000)' }));
const { execFile } = await import('node:child_process'); const { promisify } = await import('node:util');
for (let i = 0; i < 4; i++) { let t = performance.now(); await promisify(execFile)('curl', ['-s', '-o', '/dev/null', '-H', 'content-type: application/json', '--data-binary', '@/tmp/kx/body', `${address}/code`]); console.log('20MB curl', (performance.now() - t).toFixed(0)); t = performance.now(); await raw('print("x"*20_000_000)'); console.log('20MB raw', (performance.now()-t).toFixed(0)); }
ch.close();
await app.close(); rmSync(disk.dir, { recursive: true });
