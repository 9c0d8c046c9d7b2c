import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pack } from '../../support/pack.ts';
import { until } from '../../support/until.ts';

interface Answer {
  status: number;
  /** As JSON, where it is some. */
  body: { pid?: number; born?: string; code?: string; message?: string };
  text: string;
}

/** The pack's own init and agent, as a container starts them; `entrypoint` waits to be let go. */
export async function bootAgent(t: TestContext, entrypoint: string[], settings: Record<string, string> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-claim-'));
  chmodSync(dir, 0o755);
  const spool = join(dir, 'spool');
  mkdirSync(spool, { mode: 0o711 });
  const environ = join(dir, 'environ');
  const image = { PATH: process.env.PATH!, IMAGE: 'image', BOTH: 'image', HOME: '/of-the-engine' };
  writeFileSync(
    environ,
    Object.entries(image)
      .map(([name, value]) => `${name}=${value}\0`)
      .join(''),
  );
  const socket = join(dir, 'agent.sock');
  const token = randomBytes(16).toString('hex');
  const all = {
    CUBBY_LISTEN: socket,
    CUBBY_PACK: pack,
    CUBBY_SPOOL: spool,
    CUBBY_ENVIRON: environ,
    CUBBY_USER: `${process.getuid!()}:${process.getgid!()}`,
    CUBBY_SUPERVISED: '1',
    ...settings,
  };
  const words = Object.entries(all).flatMap(([name, value]) => ['--setting', `${name}=${value}`]);
  const child = spawn(join(pack, 'init'), ['boot', '--pack', pack, ...words, '--', ...entrypoint], {
    env: { ...image, CUBBY_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => said.push(data));
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  t.after(async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
    rmSync(dir, { recursive: true, force: true });
  });
  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const json = body === undefined ? '' : JSON.stringify(body);
      const headers = { 'x-execd-access-token': token, ...(json && { 'content-type': 'application/json' }) };
      const sent = request({ socketPath: socket, method, path, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        response.on('end', () => {
          const isJson = response.headers['content-type']?.includes('json');
          resolve({ status: response.statusCode!, body: isJson ? JSON.parse(text) : {}, text });
        });
        response.on('error', reject);
      });
      sent.on('error', reject).end(json);
    });
  const answers = () =>
    call('GET', '/ping').then(
      ({ status }) => status === 200,
      () => false,
    );
  await until(answers, 'the agent answers');
  return {
    dir,
    spool,
    call,
    ended,
    /** What the entrypoint has said so far. */
    output: () => Buffer.concat(said).toString(),
    /** What a command says on its standard output. */
    run: async (command: string): Promise<string> => {
      const { text } = await call('POST', '/command', { command });
      const events = text.split('\n\n').flatMap((frame) => {
        const data = frame.split('\n').find((line) => line.startsWith('data: '));
        return data ? [JSON.parse(data.slice(6)) as { type: string; text?: string }] : [];
      });
      return events.flatMap(({ type, text }) => (type === 'stdout' ? [text ?? ''] : [])).join('\n');
    },
    /** Ends the agent without warning, and waits for the next. */
    killAgent: async (): Promise<void> => {
      const children = () =>
        readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
      const isAgent = (pid: string) =>
        existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('agent.cjs');
      const before = children().find(isAgent)!;
      process.kill(Number(before), 'SIGKILL');
      await until(async () => !children().includes(before) && (await answers()), 'another agent answers');
    },
  };
}
