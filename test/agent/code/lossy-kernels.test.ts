import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startSandboxWithAgents } from './agents.ts';
import { textOf } from './code-client.ts';
import { python, until } from './sandbox.ts';

/** ipykernel as it comes, but for the number of messages that it keeps for its reader: after that it drops what it says. */
const program = `
import sys
from ipykernel.kernelapp import IPKernelApp
class KernelApp(IPKernelApp):
    def init_iopub(self, context):
        context.sndhwm = 20
        super().init_iopub(context)
        context.sndhwm = 0
app = KernelApp.instance()
app.initialize(sys.argv[1:])
app.start()`;
const lossy = { argv: [python, '-c', program, '-f', '{connection_file}'], language: 'lossy' };

test('a kernel that drops what it says, its cell’s end included, hangs nothing: the cell ends and says that output may be missing', async (t) => {
  const { disk, start } = startSandboxWithAgents(t, { lossy });
  const agent = await start();
  const context = { language: 'lossy' };
  const done = join(disk.dir, 'work/done');
  const cell = await agent.open(
    `
import threading
from IPython.display import display
print("begun", flush=True)
class Long:
    def __repr__(self): return "x" * 200_000
for i in range(300): display(Long())
threading.Timer(1, lambda: open(${JSON.stringify(done)}, "w").close()).start()`,
    context,
  );
  await cell.stdoutUntil('begun');
  agent.child.kill('SIGSTOP');
  await until(() => existsSync(done), 'the kernel has come to the end of the cell', 60_000);
  agent.child.kill('SIGCONT');
  const events = await cell.rest();
  assert.equal(events.at(-1)?.type, 'execution_complete');
  const shown = events.filter(({ type }) => type === 'result').length;
  t.diagnostic(`${shown} of 300 displays arrived`);
  assert.ok(shown < 300, 'the kernel has dropped some');
  assert.match(textOf(events, 'stderr'), /did not say that this cell’s output is complete; some of it may be missing/);
  const next = await agent.cell('"still there"', context);
  assert.equal(next.events.find(({ type }) => type === 'result')?.results?.text, "'still there'");
});

test('a kernel of ours waits while nobody reads, and drops nothing', async (t) => {
  const { disk, start } = startSandboxWithAgents(t);
  const agent = await start();
  const progress = join(disk.dir, 'work/progress');
  const cell = await agent.open(`
from IPython.display import display
class Long:
    def __repr__(self): return "x" * 200_000
with open(${JSON.stringify(progress)}, "w") as file:
    print("begun", flush=True)
    for i in range(300):
        display(Long())
        print(i, file=file, flush=True)`);
  await cell.stdoutUntil('begun');
  agent.child.kill('SIGSTOP');
  let said = '';
  await until(async () => {
    const before = said;
    await delay(500);
    said = readFileSync(progress, 'utf8');
    return said !== '' && said === before;
  }, 'the kernel waits');
  assert.ok(!said.endsWith('299\n'), 'it has not said all of it yet');
  agent.child.kill('SIGCONT');
  const events = await cell.rest();
  assert.equal(events.filter(({ results }) => results?.text?.length === 200_000).length, 300);
  assert.equal(textOf(events, 'stderr'), '');
});
