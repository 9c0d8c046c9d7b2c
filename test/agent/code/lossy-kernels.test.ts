import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { statusOf } from '../../support/processes.ts';
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
  const [flag, done] = ['go-on', 'done'].map((name) => join(disk.dir, 'work', name)) as [string, string];
  const cell = await agent.open(
    `
from IPython.display import display
k = get_ipython().kernel
publish = k._publish_status
def told(state, *args, **named):
    publish(state, *args, **named)
    # Behind what is to be sent before.
    if state == "idle": k.iopub_thread.schedule(lambda: open(${JSON.stringify(done)}, "w").close())
k._publish_status = told
${beginAndWaitFor(flag)}
class Long:
    def __repr__(self): return "x" * 200_000
for i in range(300): display(Long())`,
    context,
  );
  await cell.stdoutUntil('begun\n');
  await stop(agent.child.pid!);
  writeFileSync(flag, '');
  await until(() => existsSync(done), 'the kernel has said, to nobody, that the cell is over');
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
  const [flag, progress] = ['go-on', 'progress'].map((name) => join(disk.dir, 'work', name)) as [string, string];
  const cell = await agent.open(`
from IPython.display import display
${beginAndWaitFor(flag)}
class Long:
    def __repr__(self): return "x" * 200_000
with open(${JSON.stringify(progress)}, "w") as file:
    for i in range(300):
        display(Long())
        print(i, file=file, flush=True)`);
  await cell.stdoutUntil('begun\n');
  await stop(agent.child.pid!);
  writeFileSync(flag, '');
  let said = '';
  await until(async () => {
    const before = said;
    await delay(500);
    said = existsSync(progress) ? readFileSync(progress, 'utf8') : '';
    return said !== '' && said === before;
  }, 'the kernel waits');
  assert.ok(!said.endsWith('299\n'), 'it has not said all of it yet');
  agent.child.kill('SIGCONT');
  const events = await cell.rest();
  assert.equal(events.filter(({ results }) => results?.text?.length === 200_000).length, 300);
  assert.equal(textOf(events, 'stderr'), '');
});

function beginAndWaitFor(flag: string): string {
  return `import os, time\nprint("begun", flush=True)\nwhile not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.005)`;
}

/** Stops a process, and returns when it stands still. */
async function stop(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await until(() => /^State:\s+T/m.test(statusOf(pid)), 'it stands still');
}
