import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { test } from 'node:test';
import { emptyHash, SignedBody } from '../../../../control/workspaces/signatures/signed-body.ts';
import { ApiError } from '../../../../shared/api/errors.ts';

const hashOf = (body: Buffer) => createHash('sha256').update(body).digest('hex');
const piecesOf = (body: Buffer, size: number) =>
  Array.from({ length: Math.ceil(body.length / size) }, (_, i) => body.subarray(i * size, (i + 1) * size));

/** What comes out before it ends or breaks off. */
async function read(pieces: Buffer[], hash: string): Promise<{ body: Buffer; error: unknown }> {
  const out: Buffer[] = [];
  try {
    for await (const piece of pipeline(Readable.from(pieces), new SignedBody(hash), () => undefined)) out.push(piece);
  } catch (error) {
    return { body: Buffer.concat(out), error };
  }
  return { body: Buffer.concat(out), error: undefined };
}

test('the body that was signed comes through as it is, in pieces of any size', async () => {
  for (const length of [1, 1000, 65_536, 1_000_000]) {
    const body = randomBytes(length);
    for (const size of [1000, 65_536, 10_000_000])
      assert.deepEqual(await read(piecesOf(body, size), hashOf(body)), { body, error: undefined });
  }
  assert.deepEqual(await read([], emptyHash), { body: Buffer.alloc(0), error: undefined });
});

test('the end of another body never comes through', async () => {
  const body = randomBytes(100_000);
  const changed = Buffer.from(body);
  changed[0]! ^= 1;
  for (const [pieces, hash] of [
    [piecesOf(changed, 1000), hashOf(body)],
    [piecesOf(body.subarray(1), 1000), hashOf(body)],
    [piecesOf(Buffer.concat([body, Buffer.from('x')]), 1000), hashOf(body)],
    [[body], emptyHash],
    [[], hashOf(body)],
  ] as const) {
    const { body: out, error } = await read([...pieces], hash);
    assert.ok(error instanceof ApiError && error.code === 'BODY_NOT_AS_SIGNED');
    const sent = Buffer.concat([...pieces]);
    assert.ok(out.equals(sent.subarray(0, Math.max(0, sent.length - (pieces.at(-1)?.length ?? 0)))));
  }
});

test('no more of a body is held than its reader leaves', async () => {
  let made = 0;
  const endless = Readable.from(
    (function* () {
      for (; ; made += 1) yield Buffer.alloc(65_536);
    })(),
  );
  const body = pipeline(endless, new SignedBody(emptyHash), () => undefined);
  await body[Symbol.asyncIterator]().next();
  await new Promise(setImmediate);
  assert.ok(made < 20, `${made} pieces were taken for one that was read`);
  body.destroy();
});
