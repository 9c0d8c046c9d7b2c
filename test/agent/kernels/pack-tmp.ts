import { mkdtempSync, mkdirSync, chmodSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { Contexts } from '../../../agent/kernels/contexts.ts';
import { codeRoutes } from '../../../agent/kernels/routes.ts';
import { Processes } from '../../../agent/processes/processes.ts';
import { resolveUser } from '../../../agent/users/passwd.ts';
import { endStreamsOnClose } from '../../../shared/http/event-stream.ts';
const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status','utf8'))![1])/1024;
async function main() {
const spool = mkdtempSync('/dev/shm/kx-'); chmodSync(spool, 0o711);
const processes = new Processes({ spool, init: '/work/main/.pack/current/init', ringBytes: 1<<20, noCapabilities: false });
const app = Fastify() as any;
app.setValidatorCompiler(validatorCompiler); app.setSerializerCompiler(serializerCompiler);
endStreamsOnClose(app);
const contexts = new Contexts({ processes, spool, launchers: process.argv[2]!, backlogBytes: 64<<20, environ: { PATH: '/usr/bin:/bin' }, keepHome: false, workdir: '/tmp', caller: () => resolveUser('')!, warn: console.error });
codeRoutes(app, { contexts });
await app.listen({ path: spool + '/a.sock' });
const { request } = await import('node:http');
const cell = (code: string) => new Promise<string>((resolve, reject) => { const r = request({ socketPath: spool + '/a.sock', path: '/code', method: 'POST', headers: { 'content-type': 'application/json' } }, (res) => { let t = ''; res.on('data', (d) => t += d); res.on('end', () => resolve(t)); }); r.on('error', reject); r.end(JSON.stringify({ code })); });
const r0 = rss();
const firsts: number[] = [];
for (let i = 0; i < 9; i++) { const t = performance.now(); const x = await cell('1+1'); firsts.push(performance.now() - t); if (!x.includes('"text":"2"')) console.log(x); if (i === 0) console.log('rss', r0.toFixed(1), '->', rss().toFixed(1)); if (i < 8) await contexts.deleteAll('python'); }
console.log('first of process', firsts[0]!.toFixed(0), 'further', firsts.slice(1).sort((a,b)=>a-b).map((x) => x.toFixed(0)).join(' '));
const n: number[] = [];
for (let i = 0; i < 550; i++) { const t = performance.now(); await cell('1+1'); if (i >= 50) n.push(performance.now() - t); }
n.sort((a, b) => a - b);
console.log('warm min/p50/p90/p99', [0, 250, 450, 495].map((i) => n[i]!.toFixed(2)).join(' '), 'rss', rss().toFixed(1));
for (const pid of readdirSync('/proc').filter(x=>/^\d+$/.test(x))) { try { const cmd = readFileSync(`/proc/${pid}/cmdline`,'utf8'); if (cmd.includes(spool) && cmd.includes('launch_')) console.log(cmd.split('\0')[0], /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`,'utf8'))![1], 'kB rss', /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`,'utf8'))![1], 'kB pss'); } catch {} }
for (const code of ['for i in range(100000): print(i)', 'for i in range(20000): print(i, flush=True)', 'print("x"*20_000_000)']) { const ts = []; for (let i=0;i<3;i++){ const t = performance.now(); await cell(code); ts.push((performance.now()-t).toFixed(0)); } console.log(code, ts.join(' '), 'rss', rss().toFixed(1)); }
await app.close(); rmSync(spool, { recursive: true, force: true });
}
main();
