import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';

engineTest('with a certificate, control speaks TLS and nothing else', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-tls-'));
  const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', certificate, ...subject],
    { stdio: 'ignore' },
  );
  const { control } = await openControl(join(dir, 'state'), {
    'server.tls_certificate': certificate,
    'server.tls_key': key,
  });
  t.after(async () => {
    await control.removeAll();
    await control.close();
    rmSync(dir, { recursive: true, force: true });
  });
  assert.match(control.url, /^https:/);
  const asked = request(`${control.url}/health`, { ca: readFileSync(certificate), agent: false }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  assert.equal(answer.statusCode, 200);
  await assert.rejects(fetch(control.url.replace('https', 'http')));
});
