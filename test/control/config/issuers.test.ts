import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complaint, load } from './machine.ts';

const [first, second] = ['a-secret-of-some-application-no-1', 'a-secret-of-some-application-no-2'];
const variable = (...issuers: string[]) => ({ env: { CUBBY_WORKSPACES_ISSUERS: issuers.join(',') } });
const argv = ['--set', 'workspaces.issuers_file=/run/issuers'];
const file = (text: string) => ({ argv, files: { '/run/issuers': text } });
const both = [
  { issuer: 'app', secret: first },
  { issuer: 'other-1', secret: second },
];

describe('issuers', () => {
  it('are an application and its secret each, from the environment or a file', () => {
    assert.deepEqual(load(variable(`app:${first}`, `other-1:${second}`)).workspaces.issuers, both);
    const text = `# secrets\n\napp:${first}\r\n  other-1:${second}\n`;
    assert.deepEqual(load(file(text)).workspaces.issuers, both);
    assert.deepEqual(load().workspaces.issuers, []);
  });

  it('may have two secrets, and a colon in one', () => {
    const { issuers } = load(variable(`app:${first}`, `app:${second}:x`)).workspaces;
    assert.deepEqual(
      issuers.map(({ secret }) => secret),
      [first, `${second}:x`],
    );
  });

  it('that are malformed are refused without a word of the secret', () => {
    for (const wrong of [
      first,
      `:${first}`,
      `App:${first}`,
      `-a:${first}`,
      'app:too-short',
      `${'a'.repeat(64)}:${first}`,
    ]) {
      for (const given of [variable(wrong), file(wrong)]) {
        const said = complaint(given);
        assert.match(said, /^workspaces\.issuers(_file|\[0\])? .*expected issuer:secret/);
        assert.ok(!said.includes(first) && !said.includes('too-short'), said);
      }
    }
  });

  it('never share a secret, neither with one another nor with an API key', () => {
    assert.match(complaint(variable(`app:${first}`, `other:${first}`)), /found the same one for app and other$/);
    const { env } = variable(`app:${first}`);
    assert.match(complaint({ env: { ...env, CUBBY_SERVER_API_KEY: first } }), /server\.api_key .*the same one twice$/);
  });

  it('are in one place, and in a file that is there and has some', () => {
    assert.match(complaint({ ...file(`app:${first}`), ...variable(`app:${second}`) }), /expected one of the two/);
    assert.match(complaint({ argv }), /ENOENT/);
    assert.match(complaint(file('# none\n')), /expected an issuer, found none/);
  });
});
