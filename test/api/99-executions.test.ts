import assert from 'node:assert/strict';
import type { KeptExecution } from '../../shared/api/kept-executions.ts';
import { readEvents, streamEvents } from '../support/agent.ts';
import { initPid } from '../support/containers.ts';
import { smallImage, startTestControl, type TestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { execute, executed, finished, pythonSandbox } from '../support/executions.ts';
import { descendants } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { ensure } from '../support/workspaces.ts';

engineTest('code in each language runs in a sandbox, and what came of it is kept', async (t) => {
  const control = await startTestControl(t);
  const { id: sandboxId } = await control.create(pythonSandbox());
  for (const [language, code] of [
    [
      'python',
      'import sys\nprint(sys.argv[1], sys.stdin.read())\nprint("no end", end="", file=sys.stderr)\nsys.exit(3)',
    ],
    [
      'javascript',
      'console.log(process.argv[2], require("fs").readFileSync(0, "utf8")); process.stderr.write("no end"); process.exitCode = 3',
    ],
    ['shell', 'echo "$1" "$(cat)"; printf "no end" >&2; exit 3'],
  ]) {
    const done = await executed(control, { sandboxId, language, code, args: ['word'], stdin: 'input' });
    assert.equal(done.status, 'failed', JSON.stringify(done));
    assert.deepEqual([done.stdout, done.stderr, done.exitCode], ['word input\n', 'no end', 3], language);
    assert.equal(done.error?.errorType, 'Runtime.ExitError');
    assert.match(done.error!.errorMessage, /^RequestId: .* Error: Runtime exited with error: exit status 3$/);
    assert.ok(done.maxMemoryUsedMB! > 0 && done.durationMs! >= 0);
  }
  const fine = await executed(control, { sandboxId, language: 'shell', code: 'true' });
  assert.deepEqual([fine.status, fine.exitCode, fine.error, fine.stdout], ['succeeded', 0, undefined, '']);
});

engineTest('a handler is told of itself, and its value comes back as it was', async (t) => {
  const control = await startTestControl(t);
  const { id: sandboxId } = await control.create(pythonSandbox());
  const code = `import os
def handler(event, context):
    print("a log line")
    return {"event": event, "large": 2**70, "name": context.function_name, "env": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            "memory": context.memory_limit_in_mb, "id": context.aws_request_id, "arn": context.invoked_function_arn}`;
  const response = await control.post('/v1/executions?wait=60', {
    sandboxId,
    language: 'python',
    code,
    handler: 'lambda_function.handler',
    event: { x: [1, null, 'ü'] },
    context: { functionName: 'adder' },
  });
  const text = await response.text();
  assert.ok(text.includes(`"large":${2n ** 70n}`), text);
  const done = JSON.parse(text) as KeptExecution;
  assert.equal(response.headers.get('location'), `/v1/executions/${done.id}`);
  assert.equal(done.status, 'succeeded', text);
  const { large: _, ...result } = done.result as Record<string, unknown>;
  const arn = `arn:cubby:lambda:local:${sandboxId}:function:adder`;
  assert.deepEqual(result, {
    event: { x: [1, null, 'ü'] },
    name: 'adder',
    env: 'adder',
    memory: '512',
    id: done.id,
    arn,
  });
  assert.equal(done.stdout, 'a log line\n');
  assert.equal(done.billedDurationMs, Math.ceil(done.durationMs! + done.initDurationMs!));
  const bare = await executed(control, {
    sandboxId,
    language: 'javascript',
    code: 'exports.handler = (e) => e',
    handler: 'handler',
  });
  assert.deepEqual(bare.result, {});
  const broken = await executed(control, {
    sandboxId,
    language: 'python',
    code: 'def handler(e): 1/0',
    handler: 'handler',
  });
  assert.deepEqual([broken.status, broken.error?.errorType, broken.result], ['failed', 'ZeroDivisionError', undefined]);
  const mute = await executed(control, {
    sandboxId,
    language: 'python',
    code: 'import os\ndef handler(e): os._exit(0)',
    handler: 'handler',
  });
  assert.match(mute.error!.errorMessage, /Runtime exited without providing a reason/);
});

engineTest('an execution that is out of time, or cancelled, leaves no process behind', async (t) => {
  const control = await startTestControl(t);
  const { id: sandboxId } = await control.create(pythonSandbox());
  const code =
    'import subprocess, time\nsubprocess.Popen(["setsid", "sleep", "8642"])\nprint("started", flush=True)\ntime.sleep(8642)';
  const init = await initPid(control.store, sandboxId);
  const left = () => descendants(init).filter(({ command }) => command.includes('8642')).length;
  const late = await executed(control, { sandboxId, language: 'python', code, timeout: 3 });
  assert.deepEqual([late.status, late.error?.errorType], ['timed_out', 'Sandbox.Timedout']);
  assert.equal(late.error?.errorMessage, `RequestId: ${late.id} Error: Task timed out after 3.00 seconds`);
  assert.equal(late.stdout, 'started\n');
  assert.equal(left(), 0);
  const { id } = await execute(control, { sandboxId, language: 'python', code, timeout: 600 });
  for await (const event of eventTypes(control, id)) if (event === 'stdout') break;
  assert.ok(left() > 0);
  const cancelled = (await (
    await control.fetch(`/v1/executions/${id}/cancel`, { method: 'POST' })
  ).json()) as KeptExecution;
  assert.deepEqual([cancelled.status, cancelled.stdout], ['cancelled', 'started\n']);
  assert.equal(left(), 0);
  const again = await control.fetch(`/v1/executions/${id}/cancel`, { method: 'POST' });
  assert.equal(again.status, 409);
  const { id: deleted } = await execute(control, { sandboxId, language: 'python', code, timeout: 600 });
  assert.equal((await control.fetch(`/v1/executions/${deleted}`, { method: 'DELETE' })).status, 204);
  assert.equal(left(), 0);
  assert.equal((await control.fetch(`/v1/executions/${deleted}`)).status, 404);
});

/** Types of an execution's events as they come. */
async function* eventTypes(control: TestControl, id: string): AsyncGenerator<string> {
  const stop = new AbortController();
  try {
    for await (const { type } of streamEvents(
      await control.fetch(`/v1/executions/${id}/events`, { signal: stop.signal }),
    ))
      yield type;
  } finally {
    stop.abort();
  }
}

engineTest('a workspace’s sandbox is made or woken for an execution, and one of its own ends with it', async (t) => {
  const control = await startTestControl(t);
  const { sandbox } = await ensure(control, 'app:ada', pythonSandbox());
  const code = 'def handler(event): return 1';
  const body = { language: 'python', code, handler: 'handler' };
  const first = await executed(control, { ...body, workspace: 'app:ada' });
  assert.deepEqual([first.status, first.sandboxId, first.workspace], ['succeeded', sandbox.id, 'app:ada']);
  await control.fetch(`/v1/sandboxes/${sandbox.id}/pause`, { method: 'POST' });
  assert.equal((await executed(control, { ...body, workspace: 'app:ada' })).status, 'succeeded');
  await control.delete(sandbox.id);
  const anew = await executed(control, { ...body, workspace: 'app:ada' });
  assert.equal(anew.status, 'succeeded');
  assert.notEqual(anew.sandboxId, sandbox.id);
  await control.post('/v1/templates', { name: 'small-python', image: { uri: 'cubby/python:latest' } });
  for (const where of [{ template: 'small-python' }, { image: 'cubby/python:latest' }]) {
    const own = await executed(control, { ...body, ...where });
    assert.equal(own.status, 'succeeded', JSON.stringify(own));
    await until(
      async () => (await control.fetch(`/v1/sandboxes/${own.sandboxId}`)).status === 404,
      'its sandbox is gone',
    );
    const events = await readEvents(await control.fetch(`/v1/executions/${own.id}/events`));
    assert.equal(events.at(-1)?.type, 'execution_complete');
  }
  const listed = async (query: string) => {
    const { items, pagination } = (await (await control.fetch(`/v1/executions?${query}`)).json()) as {
      items: KeptExecution[];
      pagination: { totalItems: number };
    };
    assert.equal(
      items.some((item) => 'result' in item || 'stdout' in item),
      false,
    );
    return pagination.totalItems;
  };
  assert.equal(await listed(''), 5);
  assert.equal(await listed('workspace=app%3Aada'), 3);
  assert.equal(await listed(`sandboxId=${sandbox.id}`), 2);
  assert.equal(await listed('status=failed&status=lost'), 0);
});

engineTest('what can’t be run has an end that says why', async (t) => {
  const control = await startTestControl(t, { 'executions.max_kept': '2' });
  const { id: sandboxId } = await control.create({ image: { uri: smallImage } });
  const body = { sandboxId, language: 'python', code: 'pass' };
  const none = await executed(control, body);
  assert.deepEqual([none.status, none.error?.errorType], ['failed', 'KERNEL_NOT_AVAILABLE']);
  assert.match(none.error!.errorMessage, /no python3/);
  const events = await readEvents(await control.fetch(`/v1/executions/${none.id}/events`));
  assert.deepEqual(
    events.map(({ error }) => error?.ename),
    ['KERNEL_NOT_AVAILABLE'],
  );
  const node = await executed(control, {
    sandboxId,
    language: 'javascript',
    code: 'exports.handler = () => process.versions.node',
    handler: 'handler',
  });
  assert.match(String(node.result), /^24\./, 'the agent’s own Node runs where the image has none');
  const { id } = await execute(control, { sandboxId, language: 'shell', code: 'sleep 1000', timeout: 2000 });
  await until(
    async () => (await (await control.fetch(`/v1/executions/${id}`)).text()).includes('"status":"running"'),
    'it runs',
  );
  await control.delete(sandboxId);
  const lost = await finished(control, id);
  assert.deepEqual([lost.status, lost.error?.errorType], ['lost', 'DOCKER::SANDBOX_NOT_FOUND']);
  assert.equal((await control.fetch(`/v1/executions/${none.id}`)).status, 404, 'the oldest is forgotten');
  for (const [change, status, code] of [
    [{ sandboxId: 'nobody' }, 404, 'DOCKER::SANDBOX_NOT_FOUND'],
    [{ sandboxId: undefined }, 400, 'INVALID_REQUEST_BODY'],
    [{ template: 'x' }, 400, 'INVALID_REQUEST_BODY'],
    [{ sandboxId: undefined, workspace: 'app:nobody' }, 404, 'WORKSPACE_NOT_FOUND'],
    [{ sandboxId: undefined, workspace: 'nobody' }, 400, 'INVALID_WORKSPACE_KEY'],
    [{ timeout: -1 }, 400, 'INVALID_REQUEST_BODY'],
    [{ timeout: 1e12 }, 400, 'INVALID_REQUEST_BODY'],
    [{ code: 'x'.repeat(1024 * 1024 + 1) }, 400, 'INVALID_REQUEST_BODY'],
    [{ handler: 'x\0y' }, 400, 'INVALID_REQUEST_BODY'],
  ] as const) {
    const response = await control.post('/v1/executions', { ...body, ...change });
    assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [status, code]);
  }
});
