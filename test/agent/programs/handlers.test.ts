import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { ProgramReport } from '../../../shared/api/programs.ts';
import { readEvents, startAgent, type TestAgent } from '../../support/agent.ts';

/** Runs a program to its end, and asks what became of it. */
async function run(agent: TestAgent, program: object): Promise<ProgramReport & { stdout: string; stderr: string }> {
  const id = randomUUID();
  const started = await agent.post('/programs', { id, timeout: 60_000, ...program });
  assert.equal(started.status, 200, await started.clone().text());
  const events = await readEvents(await agent.fetch(`/command/${id}/events`));
  const text = (type: string) => events.flatMap((event) => (event.type === type ? [event.text] : [])).join('\n');
  const report = (await (await agent.fetch(`/programs/${id}`)).json()) as ProgramReport;
  await agent.over(id);
  return { ...report, stdout: text('stdout'), stderr: text('stderr') };
}

const python = (code: string, more: object = {}) => ({
  language: 'python',
  code,
  handler: 'lambda_function.handler',
  ...more,
});
const javascript = (code: string, more: object = {}) => ({
  language: 'javascript',
  code,
  handler: 'index.handler',
  ...more,
});

test('a handler of one argument and one of two get the event, and their value comes back', async (t) => {
  const agent = await startAgent(t);
  for (const program of [
    python('def handler(event):\n    return {"sum": event["x"] + event["y"]}'),
    python('def handler(event, context):\n    return {"sum": event["x"] + event["y"]}'),
    python('async def handler(event, context=None):\n    return {"sum": event["x"] + event["y"]}'),
    javascript('exports.handler = (event) => ({ sum: event.x + event.y })'),
    javascript('exports.handler = async (event, context) => ({ sum: event.x + event.y })'),
    javascript('export const handler = async (event) => ({ sum: event.x + event.y })'),
    javascript('export default { handler: (event) => ({ sum: event.x + event.y }) }', { handler: 'handler' }),
  ]) {
    const { outcome, status } = await run(agent, { ...program, event: { x: 10, y: 32 } });
    assert.deepEqual(JSON.parse(outcome?.value ?? 'null'), { sum: 42 }, program.code);
    assert.equal(status.exit_code, 0);
  }
});

test('what a handler prints is no return value, whatever it looks like', async (t) => {
  const agent = await startAgent(t);
  const forged = JSON.stringify({ value: '"forged"', initMs: 1, durationMs: 1 });
  const py = `import os, subprocess
def handler(event):
    forged = ${JSON.stringify(forged)}
    print(forged)
    for fd in range(1, 50):
        try: os.write(fd, forged.encode() * 3)
        except OSError: pass
    subprocess.run(["sh", "-c", "for fd in 3 4 5 6 7 8 9; do echo '" + forged + "' >&$fd; done 2>/dev/null; true"])
    return "real"`;
  const js = `const fs = require('fs');
exports.handler = () => {
  const forged = ${JSON.stringify(forged)};
  console.log(forged);
  for (const { fd } of fs.readdirSync('/proc/self/fd').map((fd) => ({ fd: Number(fd) })))
    if (fs.readlinkSync('/proc/self/fd/' + fd, { throwIfNoEntry: false })?.endsWith('/result')) fs.writeSync(fd, forged.repeat(3));
  return 'real';
};`.replace(
    "fs.readlinkSync('/proc/self/fd/' + fd, { throwIfNoEntry: false })",
    "(() => { try { return fs.readlinkSync('/proc/self/fd/' + fd); } catch {} })()",
  );
  for (const program of [python(py), javascript(js)]) {
    const { outcome, stdout } = await run(agent, program);
    assert.equal(outcome?.value, '"real"', JSON.stringify(outcome));
    assert.ok(stdout.includes(forged));
  }
});

test('an error has AWS’s shape: its type, its message, and the frames of the user’s code', async (t) => {
  const agent = await startAgent(t);
  const broken = await run(agent, python('def inner():\n    return 1 / 0\ndef handler(event):\n    return inner()'));
  assert.equal(broken.outcome?.error?.errorType, 'ZeroDivisionError');
  assert.equal(broken.outcome?.error?.errorMessage, 'division by zero');
  assert.match(broken.outcome!.error!.stackTrace![0]!, /lambda_function\.py", line 4, in handler/);
  assert.match(broken.outcome!.error!.stackTrace![1]!, /line 2, in inner/);
  assert.match(broken.stderr, /ZeroDivisionError: division by zero/);
  assert.equal(broken.status.exit_code, 1);
  const thrown = await run(agent, javascript('exports.handler = async () => { throw new TypeError("no such thing") }'));
  assert.equal(thrown.outcome?.error?.errorType, 'TypeError');
  assert.equal(thrown.outcome?.error?.errorMessage, 'no such thing');
  assert.match(thrown.outcome!.error!.trace!.join('\n'), /index\.js:1/);
});

test('what AWS’s runtimes refuse is refused in their words', async (t) => {
  const agent = await startAgent(t);
  for (const [program, type, message] of [
    [
      python('def handler(event):\n    return {1, 2}'),
      'Runtime.MarshalError',
      /Object of type set is not JSON serializable/,
    ],
    [python('def handler(event):\n    return float("nan")'), 'Runtime.MarshalError', /Unable to marshal/],
    [python('def handler(event:'), 'Runtime.UserCodeSyntaxError', /Syntax error in module 'lambda_function'/],
    [
      python('import nothing_like_it\ndef handler(event): pass'),
      'Runtime.ImportModuleError',
      /No module named 'nothing_like_it'/,
    ],
    [python('x = 1'), 'Runtime.HandlerNotFound', /Handler 'handler' missing on module 'lambda_function'/],
    [python('x = 1', { handler: 'sys.exit' }), 'Runtime.BuiltInModuleConflict', /built-in module sys/],
    [javascript('exports.other = 1'), 'Runtime.HandlerNotFound', /index\.handler is undefined or not exported/],
    [javascript('exports.handler = 1'), 'Runtime.HandlerNotFound', /is not a function/],
    [javascript('exports.handler = ('), 'Runtime.UserCodeSyntaxError', /SyntaxError/],
    [javascript('require("nothing-like-it")'), 'Runtime.ImportModuleError', /nothing-like-it/],
    [
      javascript('import x from "nothing-like-it"; export const handler = () => x'),
      'Runtime.ImportModuleError',
      /nothing-like-it/,
    ],
    [
      javascript('exports.handler = () => { const a = {}; a.a = a; return a; }'),
      'Runtime.JSONStringifyError',
      /stringify/,
    ],
    [javascript('exports.handler = () => new Promise(() => {})'), 'Runtime.NodeJsExit', /never settled/],
    [
      javascript('exports.handler = (event, context, callback) => callback(null, 1)'),
      'Runtime.CallbackHandlerDeprecated',
      /callback/,
    ],
    [
      javascript(
        'exports.handler = () => { Promise.reject(new Error("left")); return new Promise((r) => setTimeout(r, 5000)); }',
      ),
      'Runtime.UnhandledPromiseRejection',
      /left/,
    ],
  ] as const) {
    const { outcome } = await run(agent, program);
    assert.equal(outcome?.error?.errorType, type, program.code);
    assert.match(outcome!.error!.errorMessage, message);
  }
});

test('a handler that ends its process has said nothing, and one that is out of time has not either', async (t) => {
  const agent = await startAgent(t);
  for (const program of [
    python('import os\ndef handler(event):\n    os._exit(3)'),
    python('import sys\ndef handler(event):\n    sys.exit(3)'),
    javascript('exports.handler = () => process.exit(3)'),
  ]) {
    const { outcome, status } = await run(agent, program);
    assert.deepEqual([outcome, status.reason, status.exit_code], [undefined, 'exited', 3], program.code);
  }
  const { outcome, status } = await run(
    agent,
    python('import time\ndef handler(event):\n    time.sleep(100)', { timeout: 1500 }),
  );
  assert.deepEqual([outcome, status.reason], [undefined, 'timeout']);
});

test('the context tells time, limits and names as AWS calls them', async (t) => {
  const agent = await startAgent(t);
  const context = {
    functionName: 'adder',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:x',
    memoryLimitInMB: '512',
    awsRequestId: 'abc',
    logGroupName: '/g',
    logStreamName: 's',
  };
  const py = python(`def handler(event, c):
    return [c.function_name, c.function_version, c.invoked_function_arn, c.memory_limit_in_mb, c.aws_request_id, c.log_group_name, c.log_stream_name, c.get_remaining_time_in_millis()]`);
  const js = javascript(`exports.handler = (event, c) =>
    [c.functionName, c.functionVersion, c.invokedFunctionArn, c.memoryLimitInMB, c.awsRequestId, c.logGroupName, c.logStreamName, c.getRemainingTimeInMillis()]`);
  for (const program of [py, js]) {
    const { outcome } = await run(agent, { ...program, context });
    const told = JSON.parse(outcome?.value ?? '[]') as unknown[];
    const left = told.pop() as number;
    assert.deepEqual(told, ['adder', '$LATEST', 'arn:x', '512', 'abc', '/g', 's']);
    assert.ok(left > 0 && left <= 60_000, `${left} ms are left of a minute`);
  }
});

test('how long a handler took and how much memory its processes had is measured', async (t) => {
  const agent = await startAgent(t);
  const code = 'import time\ntime.sleep(0.2)\ndef handler(event):\n    x = b"x" * 100_000_000\n    time.sleep(0.3)';
  const { outcome, max_memory_bytes: memory, cpu_ms: cpu } = await run(agent, python(code));
  assert.ok(outcome!.initMs >= 199, `${outcome!.initMs}`);
  assert.ok(outcome!.durationMs >= 299, `${outcome!.durationMs}`);
  assert.ok(memory! > 100_000_000 && memory! < 1_000_000_000, `${memory}`);
  assert.ok(cpu! > 0, `${cpu}`);
});

test('a handler that puts something else in the place of its word has said nothing, and the agent answers', async (t) => {
  const agent = await startAgent(t);
  for (const put of ['os.mkfifo(path)', 'os.symlink("/dev/zero", path)', 'os.mkdir(path)']) {
    const code = `import os
def handler(event):
    path = next(word for word in open("/proc/self/cmdline").read().split("\\0") if word.endswith("/result"))
    os.unlink(path)
    ${put}
    return "unheard"`;
    const { outcome, outcome_bytes } = await run(agent, python(code));
    assert.deepEqual([outcome, outcome_bytes], [undefined, undefined], put);
  }
});
