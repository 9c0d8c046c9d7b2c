import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyIn, nameOf } from '../../../control/workspaces/key.ts';
import { ApiError } from '../../../shared/api/errors.ts';

const keyOf = (text: string) => keyIn(encodeURIComponent(text));
const expectedOf = (segment: string) => {
  try {
    keyIn(segment);
  } catch (error) {
    assert.ok(error instanceof ApiError && error.code === 'INVALID_WORKSPACE_KEY' && error.field === 'key');
    return error.expected!;
  }
  assert.fail(`${segment} was taken`);
};

test('what host applications call their users is taken as it is', () => {
  for (const subject of [
    'ada@example.com',
    'ada+test@example.com',
    '0190a8c2-5a8f-7cc1-9a1e-0d9e6a6f3f10',
    'user_2abcDEF',
    'auth0|5f7c8ec7c33c6c004bbafe82',
    'google-oauth2|103547991597142817347',
    'https://id.example.com/u/7?x=1#y',
    'CORP\\ada',
    'urn:uuid:1',
    'Ada Lovelace',
    'é',
    '愛',
    '👩',
    'ada.',
    '...',
    'a/b',
    `x`.repeat(255),
  ]) {
    if (subject.includes('//')) continue;
    assert.deepEqual(keyOf(`app:${subject}`), { issuer: 'app', subject });
  }
  assert.deepEqual(keyIn("app:a!$&'()*,;=:@-._~b"), { issuer: 'app', subject: "a!$&'()*,;=:@-._~b" });
});

test('one key has as many spellings as its percent-encoding, and they are one key', () => {
  const names = ['app:%C3%A9', 'app%3a%c3%a9', '%61pp:%C3%a9'].map((segment) => nameOf(keyIn(segment)));
  assert.deepEqual(new Set(names), new Set(['app:é']));
});

test('keys that look alike, or that a program might take for one, are as many keys or none', () => {
  const different = [
    'ada',
    'Ada',
    'ADA',
    'ada.',
    '.ada',
    'аda',
    'ada:',
    ':ada',
    'a da',
    'a+da',
    'ｱda',
    'ada\\',
    'ss',
    'ß',
    'ﬀ',
  ];
  const names = different.map((subject) => nameOf(keyOf(`app:${subject}`)));
  assert.equal(new Set(names).size, different.length);
  assert.equal(new Set([keyOf('a:b:c'), keyOf('a-b:c'), keyOf('a:b-c')].map(nameOf)).size, 3);
});

test('what could be two keys for two programs is refused, and never put right', () => {
  const refusals: [RegExp, string[]][] = [
    [/issuer:subject/, ['ada', 'app', 'app%2Fada']],
    [
      /issuer of 1 to 63/,
      [':ada', 'App:ada', 'a_b:ada', '-a:ada', 'a-:ada', `${'a'.repeat(64)}:b`, 'a%2Fb:ada', '%C3%A9:a', 'a%00:b'],
    ],
    [/subject behind the colon/, ['app:']],
    [/at most 255 bytes/, [`app:${'x'.repeat(256)}`, `app:${'%C3%A9'.repeat(128)}`]],
    [
      /control, invisible/,
      [
        'app:a%00',
        'app:a%0Ab',
        'app:%7F',
        'app:a%C2%85',
        'app:a%E2%80%8Bb',
        'app:%E2%80%AEa',
        'app:%EF%BB%BFa',
        'app:%EE%80%80',
        'app:%CD%B8',
        'app:a%C2%AD',
      ],
    ],
    [/U\+FFFD/, ['app:a%EF%BF%BD']],
    [/spaces/, ['app:%20a', 'app:a%20', 'app:a%C2%A0b', 'app:a%E2%80%A8b', 'app:a%E3%80%80b']],
    [/normal form C/, ['app:e%CC%81', 'app:%E2%84%AB', 'app:%E1%84%80%E1%85%A1']],
    [/percent signs/, ['app:a%2540b', 'app:%25', 'app:a%25252fb']],
    [
      /between its slashes/,
      [
        'app:.',
        'app:..',
        'app:%2e%2E',
        'app:a%2F..%2Fb',
        'app:a%2F.%2Fb',
        'app:a%2F',
        'app:%2Fa',
        'app:a%2F%2Fb',
        'app:a%2F..',
      ],
    ],
    [
      /percent-encoded key/,
      [
        'app:a+b',
        'app:a b',
        'app:é',
        'app:a%',
        'app:a%4',
        'app:a%zz',
        'app:a"b',
        'app:a\\b',
        'app:a|b',
        'app:a\u0000b',
        '',
      ],
    ],
    [/UTF-8/, ['app:%FF', 'app:%C3', 'app:%C0%AF', 'app:%ED%A0%80', 'app:%F4%90%80%80']],
  ];
  for (const [expected, segments] of refusals)
    for (const segment of segments) assert.match(expectedOf(segment), expected, JSON.stringify(segment));
});

test('a text of any size is refused at once', () => {
  for (const text of ['x'.repeat(10_000_000), `app:${'%2F.'.repeat(3_000_000)}`, `app:${' '.repeat(1_000_000)}`])
    assert.match(expectedOf(text), /issuer:subject|at most|percent-encoded/);
});
