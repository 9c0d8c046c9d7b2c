import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complaint, complaints, load } from './machine.ts';

const [first, second] = ['a-signing-key-of-some-lobehub-no-1', 'a-signing-key-of-some-lobehub-no-2'];
const url = 'https://chat.example.com:3210/lobe';
const variable = (...keys: string[]) => ({ env: { CUBBY_LOBEHUB_SIGNING_KEYS: keys.join(',') } });
const argv = ['--set', 'lobehub.signing_keys_file=/run/lobehub'];
const file = (text: string) => ({ argv, files: { '/run/lobehub': text } });

describe('LobeHub’s signing keys', () => {
  it('are an issuer, the iss of its tokens and a key, from the environment or a file', () => {
    const both = [
      { issuer: 'chat', iss: url, key: first },
      { issuer: 'other-1', iss: 'other-1', key: second },
    ];
    assert.deepEqual(load(variable(`chat ${url} ${first}`, `other-1 ${second}`)).lobehub.signingKeys, both);
    const text = `# keys\n\nchat  ${url}  ${first}\r\n  other-1 ${second}\n`;
    assert.deepEqual(load(file(text)).lobehub.signingKeys, both);
    assert.deepEqual(load().lobehub.signingKeys, []);
  });

  it('may be two while one is being replaced, and one for two addresses of one LobeHub', () => {
    const { signingKeys } = load(variable(`chat ${url} ${first}`, `chat ${url} ${second}`, `chat ${second}`)).lobehub;
    assert.deepEqual(
      signingKeys.map(({ iss, key }) => [iss, key]),
      [
        [url, first],
        [url, second],
        ['chat', second],
      ],
    );
  });

  it('that are malformed are refused without a word of the key', () => {
    for (const wrong of [
      first,
      `Chat ${first}`,
      `-a ${first}`,
      `${url} ${first}`,
      'chat too-short',
      `chat a b ${first}`,
    ]) {
      for (const given of [variable(wrong), file(wrong)]) {
        const said = complaint(given);
        assert.match(said, /^lobehub\.signing_keys(_file|\[0\])? .*expected an issuer/);
        assert.ok(!said.includes(first) && !said.includes('too-short'), said);
      }
    }
  });

  it('never sign for two, nor does one iss have two issuers', () => {
    assert.match(complaint(variable(`chat ${first}`, `other ${first}`)), /found the same one for chat and other$/);
    assert.match(
      complaint(variable(`chat ${url} ${first}`, `other ${url} ${second}`)),
      /expected one issuer for \S+, found chat and other$/,
    );
  });

  it('are no other secret of this server', () => {
    const { env } = variable(`chat ${first}`);
    assert.match(complaint({ env: { ...env, CUBBY_SERVER_API_KEY: first } }), /server\.api_key .*the same one twice$/);
    const app = { CUBBY_WORKSPACES_ISSUERS: `app:${first}` };
    assert.match(complaint({ env: { ...env, ...app } }), /workspaces\.issuers .*the same one twice$/);
  });

  it('are in one place, and in a file that is there and has some', () => {
    const twice = complaints({ ...file(`chat ${first}`), ...variable(`chat ${second}`) });
    assert.match(twice.join('\n'), /expected one of the two/);
    assert.match(complaint({ argv }), /ENOENT/);
    assert.match(complaint(file('# none\n')), /expected a signing key, found none/);
  });
});
