import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SessionExecution, SessionResult, TemplateSession } from '../../shared/api/template-sessions.ts';
import { pythonImage, startTestControl, type TestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);

/** The quick start of the platform whose session routes these are, as it stands there; with a key, which it has not. */
const createSession = `curl -sS -X POST "$API_BASE/sessions" -H "Authorization: Bearer $API_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{
    "template_id": "python-basic",
    "timeout": 300,
    "resources": {
      "cpu": "1",
      "memory": "512Mi",
      "disk": "1Gi"
    }
  }'`;
const executeHello = `curl -sS -X POST "$API_BASE/sessions/$SESSION_ID/execute" -H "Authorization: Bearer $API_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{
    "code": "def handler(event):\\n    return {\\"result\\": \\"hello world\\"}",
    "language": "python",
    "timeout": 30
  }'`;
const executeSum = `curl -sS -X POST "$API_BASE/sessions/$SESSION_ID/execute" -H "Authorization: Bearer $API_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{
    "code": "def handler(event):\\n    print(\\"Processing complete.\\")\\n    return {\\"result\\": event[\\"x\\"] + event[\\"y\\"]}",
    "language": "python",
    "timeout": 30,
    "event": {
      "x": 10,
      "y": 32
    }
  }'`;
const get = (path: string) => `curl -sS -X GET "$API_BASE/${path}" -H "Authorization: Bearer $API_TOKEN"`;
const terminate = 'curl -sS -X DELETE "$API_BASE/sessions/$SESSION_ID" -H "Authorization: Bearer $API_TOKEN"';

/** Runs a command line of the quick start, and reads what curl printed. */
async function shell<T>(control: TestControl, line: string, env: Record<string, string> = {}): Promise<T> {
  const own = { API_BASE: `${control.url}/api/v1`, API_TOKEN: control.apiKey, PATH: process.env.PATH, ...env };
  const { stdout } = await run('bash', ['-c', line], { env: own, timeout: 120_000 });
  return JSON.parse(stdout) as T;
}

engineTest(
  'the quick start of the sandbox control plane runs by curl: session, code, status, result, end',
  async (t) => {
    const control = await startTestControl(t);
    const template = { name: 'python-basic', image: { uri: pythonImage } };
    assert.equal((await control.post('/v1/templates', template)).status, 201);
    const created = await shell<TemplateSession>(control, createSession);
    assert.deepEqual(
      [created.status, created.template_id, created.timeout, created.resources],
      ['running', 'python-basic', 300, { cpu: '1', memory: '512Mi', disk: '1Gi' }],
    );
    const env = { SESSION_ID: created.session_id };
    assert.equal((await shell<TemplateSession>(control, get('sessions/$SESSION_ID'), env)).status, 'running');
    for (const [line, value, stdout] of [
      [executeHello, { result: 'hello world' }, ''],
      [executeSum, { result: 42 }, 'Processing complete.\n'],
    ] as const) {
      const submitted = await shell<{ execution_id: string; status: string; session_id: string }>(control, line, env);
      assert.deepEqual([submitted.status, submitted.session_id], ['submitted', created.session_id]);
      const known = { EXECUTION_ID: submitted.execution_id };
      let told: SessionExecution | undefined;
      await until(async () => {
        told = await shell<SessionExecution>(control, get('executions/$EXECUTION_ID/status'), known);
        return !['pending', 'running'].includes(told.status);
      }, 'it is done');
      assert.equal(told?.status, 'completed');
      const result = await shell<SessionResult>(control, get('executions/$EXECUTION_ID/result'), known);
      assert.deepEqual(
        [result.status, result.stdout, result.stderr, result.exit_code, result.return_value],
        ['success', stdout, '', 0, value],
      );
      const { duration_ms: ms, peak_memory_mb: memory, cpu_time_ms: cpu } = result.metrics!;
      assert.ok(ms >= 0 && memory! > 1 && cpu! >= 0 && result.execution_time! * 1000 === ms);
    }
    const ended = await shell<TemplateSession>(control, terminate, env);
    assert.deepEqual([ended.status, ended.message], ['terminated', 'Session terminated successfully']);
    assert.equal((await shell<TemplateSession>(control, get('sessions/$SESSION_ID'), env)).status, 'terminated');
  },
);

engineTest(
  'a session’s code is a handler in Python, and in JavaScript where it exports one; shell reads the event',
  async (t) => {
    const control = await startTestControl(t);
    await control.post('/v1/templates', { name: 'python-basic', image: { uri: pythonImage } });
    const api = async <T>(path: string, body: object): Promise<T> =>
      (await (await control.post(`/api/v1/${path}`, body)).json()) as T;
    const { id } = await api<TemplateSession>('sessions', { template_id: 'python-basic', max_lifetime: 600 });
    const { createdAt, expiresAt } = await control.get(id);
    assert.equal(Date.parse(expiresAt!) - Date.parse(createdAt), 600_000, 'it lives no longer than that');
    const event = { name: 'Alice' };
    for (const [language, code, stdout, value] of [
      ['python', 'def handler(event, context):\n    return event["name"]', '', 'Alice'],
      ['javascript', 'exports.handler = async (event) => event.name', '', 'Alice'],
      ['javascript', 'console.log("plain")', 'plain\n', undefined],
      ['shell', 'cat', '{"name":"Alice"}', undefined],
    ] as const) {
      const result = await api<SessionResult>(`executions/sessions/${id}/execute-sync`, { language, code, event });
      assert.deepEqual(
        [result.status, result.stdout, result.return_value],
        ['success', stdout, value],
        JSON.stringify(result),
      );
    }
    const failed = await api<SessionResult>(`executions/sessions/${id}/execute-sync`, {
      language: 'python',
      code: 'x = 1',
    });
    assert.equal(failed.status, 'failed');
    assert.match(failed.error_message!, /Runtime\.HandlerNotFound/);
    const late = { language: 'python', code: 'import time\ndef handler(event): time.sleep(100)', timeout: 1 };
    assert.equal((await api<SessionResult>(`executions/sessions/${id}/execute-sync`, late)).status, 'timeout');
    const list = (await (await control.fetch(`/api/v1/sessions/${id}/executions?limit=2`)).json()) as {
      executions: SessionExecution[];
      total: number;
    };
    assert.deepEqual([list.executions.length, list.total, list.executions[0]?.status], [2, 6, 'timeout']);
    const plain = await control.create();
    for (const nobody of ['nobody', plain.id])
      assert.equal((await control.fetch(`/api/v1/sessions/${nobody}`)).status, 404, 'a sandbox is no session');
    const { sessions, total } = (await (await control.fetch('/api/v1/sessions?status=running')).json()) as {
      sessions: TemplateSession[];
      total: number;
    };
    assert.deepEqual([sessions.map((one) => one.id), total], [[id], 1]);
    assert.equal((await fetch(`${control.url}/api/v1/sessions`)).status, 401);
  },
);

engineTest('a session that nobody uses ends at its time-out', async (t) => {
  const control = await startTestControl(t);
  await control.post('/v1/templates', { name: 'python-basic', image: { uri: pythonImage } });
  const make = async (body: object) =>
    (await (
      await control.post('/api/v1/sessions', { template_id: 'python-basic', ...body })
    ).json()) as TemplateSession;
  const { id } = await make({ timeout: 1 });
  const ended = async () =>
    ((await (await control.fetch(`/api/v1/sessions/${id}`)).json()) as TemplateSession).status === 'timeout';
  await until(ended, 'nobody used it');
  const refused = await control.post('/api/v1/sessions', { template_id: 'nobody-has-this' });
  assert.equal(((await refused.json()) as { code: string }).code, 'TEMPLATE_NOT_FOUND');
});
