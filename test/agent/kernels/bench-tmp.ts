import { makeDisk, serve } from './sandbox.ts';
import { CodeClient } from './code-client.ts';
import { rmSync, readFileSync, readdirSync } from 'node:fs';
const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status','utf8'))![1])/1024;
const disk = makeDisk({ after() {} } as never);
const { app, address } = await serve(disk);
const c = new CodeClient(address);
await (await c.request('GET','/code/contexts')).text();
console.log('rss before', rss().toFixed(1));
const firsts = [];
for (let i = 0; i < 9; i++) {
  const t = performance.now();
  await c.cell('1+1');
  firsts.push(performance.now() - t);
  if (i === 0) console.log('rss after first', rss().toFixed(1));
  if (i < 8) await (await c.request('DELETE', '/code/contexts?language=python')).text();
}
console.log('first cell of process', firsts[0]!.toFixed(0), 'later sorted', firsts.slice(1).sort((a,b)=>a-b).map(x=>x.toFixed(0)).join(' '));
const n = [];
for (let i = 0; i < 50; i++) await c.cell('1+1');
for (let i = 0; i < 500; i++) { const t = performance.now(); await c.cell('1+1'); n.push(performance.now()-t); }
n.sort((a,b)=>a-b);
console.log('warm min', n[0]!.toFixed(2), 'p50', n[250]!.toFixed(2), 'p90', n[450]!.toFixed(2), 'p99', n[495]!.toFixed(2));
for (const code of ['for i in range(100000): print(i)', 'for i in range(20000): print(i, flush=True)', 'print("x"*20_000_000)']) {
  const ts = []; for (let i=0;i<3;i++){ const t = performance.now(); await c.cell(code); ts.push((performance.now()-t).toFixed(0)); }
  console.log(code, ts.join(' '));
}
console.log('rss end', rss().toFixed(1));
for (const pid of readdirSync('/proc').filter(x=>/^\d+$/.test(x))) { try { const cmd = readFileSync(`/proc/${pid}/cmdline`,'utf8'); if (cmd.includes(disk.dir)) console.log(cmd.split('\0').slice(0,2).join(' '), /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`,'utf8'))![1], 'kB rss', /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`,'utf8'))![1], 'kB pss'); } catch {} }
await app.close(); rmSync(disk.dir,{recursive:true});
