import { rmSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodeClient, textOf } from './code-client.ts';
import { makeDisk, serve } from './sandbox.ts';
for (const launcher of ['l0.py', 'l1.py']) {
const disk = makeDisk({ after() {} } as never);
copyFileSync('/tmp/kx/' + launcher, join(disk.dir, 'launchers/launch_ipykernel.py'));
const { app, address } = await serve(disk);
const c = new CodeClient(address);
for (const [code, want] of [['import subprocess\n_ = subprocess.run(["echo", "hi"])', 'hi\n'], ['import os\n_ = os.system("echo a; echo b >&2")', 'a\n'], ['import os\n_ = os.write(1, b"raw")', 'raw'],['import subprocess\n_ = subprocess.run(["seq", "100000"])', Array.from({length:100000},(_,i)=>`${i+1}\n`).join('')]] as const) {
  let lost = 0; const times = [];
  for (let i = 0; i < 60; i++) { const t = performance.now(); const { events } = await c.cell(code); times.push(performance.now()-t); if (textOf(events, 'stdout') !== want) lost++; }
  times.sort((a,b)=>a-b);
  console.log(launcher, JSON.stringify(code.slice(-40)), 'incomplete', lost, 'of 60; p50', times[30]!.toFixed(1));
}
await app.close(); rmSync(disk.dir, { recursive: true });
}
