import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');
const program = join(root, '.tools/object-store/versitygw');
const region = 'us-east-1';

/** An S3 server with one bucket, and URLs that its owner has signed. */
export interface ObjectStore {
  /** As `127.0.0.1:1234`. */
  host: string;
  /** A pre-signed URL; `headers`: those that have to be sent along, with their values. */
  sign(method: 'GET' | 'PUT', key: string, more?: { expires?: number; headers?: Record<string, string> }): string;
  /** What is there under a key, asked for as its owner would; undefined where there is nothing. */
  get(key: string): Promise<Response | undefined>;
}

/** Starts a Versity gateway over a directory of the test's own, and ends it after the test. */
export async function startObjectStore(t: TestContext): Promise<ObjectStore> {
  // Does nothing where that was done before.
  execFileSync('bash', [join(root, 'test/object-store.sh')], { stdio: ['ignore', 'inherit', 'inherit'] });
  const dir = mkdtempSync(join(tmpdir(), 'cubby-store-'));
  for (const name of ['data/files', 'about']) mkdirSync(join(dir, name), { recursive: true });
  const keys = { access: 'tester', secret: createHash('sha256').update(dir).digest('hex') };
  const directories = ['--sidecar', join(dir, 'about'), join(dir, 'data')];
  const child: { process?: ChildProcess } = {};
  t.after(async () => {
    if (child.process) await ended(child.process);
    rmSync(dir, { recursive: true, force: true });
  });
  let host = '';
  await until(async () => {
    // A port that was free may be taken by the time it listens there: then it ends, and another is tried.
    if (!child.process || child.process.exitCode !== null) {
      host = `127.0.0.1:${await freePort()}`;
      const args = ['--quiet', '--port', host, '--access', keys.access, '--secret', keys.secret, '--region', region];
      child.process = spawn(program, [...args, 'posix', ...directories], { stdio: 'ignore' });
    }
    return isStore(host);
  }, 'the object store answers');
  const sign: ObjectStore['sign'] = (method, key, { expires = 600, headers = {} } = {}) =>
    presign({ method, host, path: `/files/${key}`, expires, headers, keys });
  return {
    host,
    sign,
    get: async (key) => {
      const response = await fetch(sign('GET', key));
      if (response.ok) return response;
      if (response.status === 404) return undefined;
      throw new Error(await response.text());
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function isStore(host: string): Promise<boolean> {
  const answer = await fetch(`http://${host}/`).then(
    (response) => response.text(),
    () => '',
  );
  return answer.includes('AccessDenied');
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

interface Signing {
  method: string;
  host: string;
  path: string;
  /** Seconds. */
  expires: number;
  headers: Record<string, string>;
  keys: { access: string; secret: string };
}

/** Amazon's signature, version 4, in the query: docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function presign({ method, host, path, expires, headers, keys }: Signing): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const signed = Object.entries({ ...headers, host }).map(
    ([name, value]) => [name.toLowerCase(), value.trim()] as const,
  );
  signed.sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const query = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${keys.access}/${scope}`],
    ['X-Amz-Date', time],
    ['X-Amz-Expires', String(expires)],
    ['X-Amz-SignedHeaders', names],
  ].map(([name, value]) => `${name}=${encodeURIComponent(value!)}`);
  const lines = signed.map(([name, value]) => `${name}:${value}\n`).join('');
  const request = [method, path, query.join('&'), lines, names, 'UNSIGNED-PAYLOAD'].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(request).digest('hex')].join('\n');
  const key = [time.slice(0, 8), region, 's3', 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${keys.secret}`,
  );
  const signature = createHmac('sha256', key).update(text).digest('hex');
  return `http://${host}${path}?${query.join('&')}&X-Amz-Signature=${signature}`;
}
