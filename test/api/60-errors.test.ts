import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { startTestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';

const long = 'x'.repeat(3 * 1024 * 1024);
const [invalid, unsupported, label] = [
  'SANDBOX::INVALID_PARAMETER',
  'SANDBOX::API_NOT_SUPPORTED',
  'SANDBOX::INVALID_METADATA_LABEL',
] as const;

/** What a create is refused for: fields of its body, the code, the field that is named. */
const refusals: [object, Parameters<typeof refused>[1], string][] = [
  [{ image: undefined }, invalid, 'image'],
  [{ image: null }, invalid, 'image'],
  [{ image: smallText() }, 'INVALID_REQUEST_BODY', 'image'],
  [{ image: {} }, 'INVALID_REQUEST_BODY', 'image.uri'],
  [{ image: { uri: '' } }, 'INVALID_REQUEST_BODY', 'image.uri'],
  [{ image: { uri: 'a b' } }, 'INVALID_REQUEST_BODY', 'image.uri'],
  [{ image: { uri: 'a\0b' } }, 'INVALID_REQUEST_BODY', 'image.uri'],
  [{ image: { uri: long } }, 'INVALID_REQUEST_BODY', 'image.uri'],
  [{ image: { uri: '../../../info' } }, 'DOCKER::SANDBOX_IMAGE_PULL_FAILED', 'image.uri'],
  [{ image: { uri: 'a/json?b' } }, 'DOCKER::SANDBOX_IMAGE_PULL_FAILED', 'image.uri'],
  [{ image: { uri: 'UPPER' } }, 'DOCKER::SANDBOX_IMAGE_PULL_FAILED', 'image.uri'],
  [{ image: { uri: '127.0.0.1:1/absent:latest' } }, 'DOCKER::SANDBOX_IMAGE_PULL_FAILED', 'image.uri'],
  [{ image: { uri: 'a', auth: { username: 'u' } } }, 'INVALID_REQUEST_BODY', 'image.auth.password'],
  ...[
    'banana',
    '',
    '-1',
    '0',
    '-512Mi',
    '1e999',
    '9Pi',
    '99999999999999999999',
    '1 Gi',
    '0x100000',
    '１Gi',
    '47Mi',
  ].map((memory): [object, typeof invalid, string] => [
    { resourceLimits: { memory } },
    invalid,
    'resourceLimits.memory',
  ]),
  ...['banana', '', '-1', '0', '-500m', '0.0001', '1m', '1e999', '99999', 'NaN', 'Infinity', '1Gi'].map(
    (cpu): [object, typeof invalid, string] => [{ resourceLimits: { cpu } }, invalid, 'resourceLimits.cpu'],
  ),
  [{ resourceLimits: { cpu: String(availableParallelism() + 1) } }, invalid, 'resourceLimits.cpu'],
  ...['-1', 'banana', '63Mi', '1', '8Pi', 'none', 'NaN', ''].map((disk): [object, typeof invalid, string] => [
    { resourceLimits: { disk } },
    invalid,
    'resourceLimits.disk',
  ]),
  [{ resourceLimits: { disk: 10 } }, 'INVALID_REQUEST_BODY', 'resourceLimits.disk'],
  [{ resourceLimits: { disk: long } }, 'INVALID_REQUEST_BODY', 'resourceLimits.disk'],
  [{ resourceLimits: { memory: 512 } }, 'INVALID_REQUEST_BODY', 'resourceLimits.memory'],
  [{ resourceLimits: { memory: long } }, 'INVALID_REQUEST_BODY', 'resourceLimits.memory'],
  [{ resourceLimits: { gpu: '1' } }, unsupported, 'resourceLimits.gpu'],
  ...[59, 0, -1, -1e300, 60.5, 1e300, Number.MAX_SAFE_INTEGER, '60', true, {}].map(
    (timeout): [object, 'INVALID_REQUEST_BODY', string] => [{ timeout }, 'INVALID_REQUEST_BODY', 'timeout'],
  ),
  [{ entrypoint: [] }, 'INVALID_REQUEST_BODY', 'entrypoint'],
  [{ entrypoint: 'sleep 1' }, 'INVALID_REQUEST_BODY', 'entrypoint'],
  [{ entrypoint: [1] }, 'INVALID_REQUEST_BODY', 'entrypoint.0'],
  [{ entrypoint: ['sh', 'a\0b'] }, 'INVALID_REQUEST_BODY', 'entrypoint.1'],
  [{ entrypoint: [long] }, 'INVALID_REQUEST_BODY', 'entrypoint.0'],
  [{ entrypoint: [''] }, 'DOCKER::INVALID_ENTRYPOINT', 'entrypoint'],
  [{ env: { A: 'a\0b' } }, 'INVALID_REQUEST_BODY', 'env.A'],
  [{ env: { A: 1 } }, 'INVALID_REQUEST_BODY', 'env.A'],
  [{ env: { A: long } }, 'INVALID_REQUEST_BODY', 'env.A'],
  [{ env: { 'A=B': '1' } }, 'INVALID_REQUEST_BODY', 'env.A=B'],
  [{ env: { 'A\nB\0': '1' } }, 'INVALID_REQUEST_BODY', 'env["A\\nB\\u0000"]'],
  [{ env: { '': '1' } }, 'INVALID_REQUEST_BODY', 'env[""]'],
  [{ env: { CUBBY_TOKEN: 'mine' } }, invalid, 'env.CUBBY_TOKEN'],
  [{ metadata: { a: 1 } }, 'INVALID_REQUEST_BODY', 'metadata.a'],
  [{ metadata: { 'a b': '1' } }, label, 'metadata.a b'],
  [{ metadata: { a: 'b c' } }, label, 'metadata.a'],
  [{ metadata: { a: 'x'.repeat(64) } }, label, 'metadata.a'],
  [{ metadata: { a: long } }, label, 'metadata.a'],
  [{ metadata: { [long]: '1' } }, label, `metadata.${long.slice(0, 100)}`],
  [{ metadata: { 'opensandbox.io/id': '1' } }, label, 'metadata.opensandbox.io/id'],
  [{ metadata: { 'a/b/c': '1' } }, label, 'metadata.a/b/c'],
  [{ platform: { os: 'windows', arch: 'amd64' } }, invalid, 'platform.os'],
  [{ platform: { os: 'linux', arch: 'sparc' } }, invalid, 'platform.arch'],
  [{ extensions: { 'cubby.profile': '' } }, invalid, 'extensions.cubby.profile'],
  [{ extensions: { a: 1 } }, 'INVALID_REQUEST_BODY', 'extensions.a'],
  [{ snapshotId: 'snap' }, invalid, 'snapshotId'],
  [{ volumes: [{ name: 'v' }] }, 'INVALID_REQUEST_BODY', 'volumes.0.mountPath'],
  [{ networkPolicy: { egress: [{ action: 'allow', target: 'a b' }] } }, invalid, 'networkPolicy.egress[0].target'],
  [{ credentialProxy: { enabled: true } }, unsupported, 'credentialProxy'],
  [{ secureAccess: true }, unsupported, 'secureAccess'],
];

engineTest(
  'what can’t be done is refused, with the field that is to blame and what would have been right',
  async (t) => {
    const control = await startTestControl(t);

    await t.test('in every field of a create', async () => {
      for (const [change, code, field] of refusals) {
        const response = await control.post('/v1/sandboxes', createRequest(change));
        await refused(response, code, field);
      }
    });

    await t.test('a body that is no JSON, or no object', async () => {
      for (const body of ['{"image":', '{}{}', '{"a":1,}', "{'a':1}", '\0', '{"__proto__":{"x":1}}']) {
        await refused(await control.post('/v1/sandboxes', body), 'INVALID_REQUEST_BODY', 'body');
      }
      for (const body of ['null', '[]', '"text"', '1']) {
        await refused(await control.post('/v1/sandboxes', body), 'INVALID_REQUEST_BODY', 'body');
      }
      const deep = `{"invented":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
      await refused(await control.post('/v1/sandboxes', deep), invalid, 'image');
      const empty = await control.fetch('/v1/sandboxes', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      await refused(empty, 'INVALID_REQUEST_BODY', 'body');
    });

    await t.test('a body of another type, and one that is too long', async () => {
      const image = JSON.stringify(createRequest());
      for (const type of [
        'text/plain',
        'application/xml',
        'multipart/form-data',
        'application/x-www-form-urlencoded',
      ]) {
        const response = await control.fetch('/v1/sandboxes', {
          method: 'POST',
          headers: { 'content-type': type },
          body: image,
        });
        await refused(response, 'UNSUPPORTED_MEDIA_TYPE', 'content-type');
      }
      for (const field of ['image', 'env', 'metadata', 'invented']) {
        const body = { [field]: { uri: 'x'.repeat(10 * 1024 * 1024) } };
        await refused(await control.post('/v1/sandboxes', body), 'PAYLOAD_TOO_LARGE', 'body');
      }
    });

    await t.test('ids and paths that can’t be any', async () => {
      for (const id of ['nobody', '..%2f..%2finfo', '%00', 'x'.repeat(256), '%F0%9F%98%80', '*', "'--"]) {
        await refused(await control.fetch(`/v1/sandboxes/${id}`), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
        await refused(await control.delete(id), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
      }
      await refused(await control.fetch('/v1/sandboxes/%zz'), 'INVALID_PARAMETER', 'url');
      await refused(await control.fetch('/v1/sandboxes/%C3'), 'INVALID_PARAMETER', 'url');
      for (const path of [
        '/',
        '/v2/sandboxes',
        '/v1/nothing',
        '/v1/sandboxes/a/b',
        '//v1/sandboxes',
        '/%2e%2e/etc/passwd',
      ]) {
        await refused(await control.fetch(path), 'ROUTE_NOT_FOUND');
      }
      await refused(await control.fetch('/v1/sandboxes', { method: 'PUT', body: '{}' }), 'ROUTE_NOT_FOUND');
    });

    await t.test(
      'an environment that no program could be started with is an error, and nothing is left of it',
      async () => {
        const env = Object.fromEntries(Array.from({ length: 28 }, (_, i) => [`V${i}`, 'x'.repeat(128 * 1024 - 100)]));
        const response = await control.post('/v1/sandboxes', createRequest({ env }));
        const { message } = await refused(response, 'DOCKER::SANDBOX_START_FAILED');
        assert.match(message, /argument list too long/i);
        const { items } = (await (await control.fetch('/v1/sandboxes')).json()) as { items: unknown[] };
        assert.deepEqual(items, []);
      },
    );
  },
);

function smallText(): string {
  return 'busybox';
}
