import assert from 'node:assert/strict';
import { workspaceCommands } from '../../../support/backfill.ts';
import { postgresTest, startPostgres } from '../../../support/postgres.ts';
import { until } from '../../../support/until.ts';
import { workspace } from '../../../support/workspaces.ts';

postgresTest('users are read from a PostgreSQL', async (t) => {
  const commands = await workspaceCommands(t);
  const { control, file, run, count, start } = commands;
  const postgres = await startPostgres(t);
  const url = file('database', `${postgres.url}\n`);
  const backfill = (query: string, ...args: string[]) =>
    run(['backfill', '--query', query, '--postgres-file', url, ...args]);
  await postgres.run(`create table users (id bigint primary key, email text, app text, seen timestamptz default now());
    insert into users select id, 'user-' || id || '@example.com', 'app' from generate_series(9007199254740990, 9007199254743489) id`);

  await t.test('thousands of rows, with ids of whatever type as they are', async () => {
    const { code, out, err } = await backfill('select id from users', '--issuer', 'ids');
    assert.deepEqual([code, out, err], [0, '2,500 users: 2,500 workspaces were provisioned, 0 were there\n', '']);
    for (const id of ['9007199254740993', '9007199254743489'])
      assert.equal((await workspace(control, `ids:${id}`)).state, 'Provisioned');
    const again = await backfill('select id from users order by random()', '--issuer', 'ids');
    assert.match(again.out, /: 0 workspaces were provisioned, 2,500 were there\n$/);
    const uuid = await backfill("select '2B1C5A40-0000-4000-8000-00000000000F'::uuid", '--issuer', 'uuids');
    assert.equal(uuid.code, 0, uuid.err);
    assert.equal((await workspace(control, 'uuids:2b1c5a40-0000-4000-8000-00000000000f')).state, 'Provisioned');
  });

  await t.test('columns say who, and whose', async () => {
    const query = 'select seen, app, email from users order by id limit 3';
    const { code, err } = await backfill(query, '--column', 'email', '--issuer-column', 'app');
    assert.equal(code, 0, err);
    assert.equal((await workspace(control, 'app:user-9007199254740991@example.com')).state, 'Provisioned');
  });

  await t.test('rows without an id are told of with their number', async () => {
    const query = "select * from (values ('a'), (null), (' b'), ('c')) as t (id)";
    const { code, out, err } = await backfill(query, '--issuer', 'rows');
    assert.equal(code, 1);
    assert.match(out, /^2 users, 2 entries that are none: 2 workspaces were provisioned/);
    assert.deepEqual(err.trimEnd().split('\n'), [
      'the query, row 2: expected an id that is text or a whole number, found null',
      'the query, row 3: expected a subject without spaces at its ends, and without any but the plain one, found "rows: b"',
    ]);
  });

  await t.test('a query can change nothing, and what is wrong with it is told in PostgreSQL’s words', async () => {
    const before = await count();
    for (const [query, message] of [
      ['delete from users returning id', /cannot execute DELETE in a read-only transaction/],
      ['select 1; commit; delete from users', /cannot insert multiple commands into a prepared statement/],
      ['select id from usrs', /relation "usrs" does not exist/],
      ['select 1/(id - 9007199254742000) from users', /division by zero/],
    ] as const) {
      const { code, err } = await backfill(query, '--issuer', 'app');
      assert.equal(code, 1);
      assert.match(err, /^cubby: PostgreSQL: /);
      assert.match(err, message);
    }
    const column = await backfill('select id from users', '--issuer', 'app', '--column', 'name');
    assert.deepEqual([column.code, column.err], [1, 'cubby: the query has no column "name"; it has id\n']);
    assert.equal(await count(), before);
  });

  await t.test('users that are gone from it are collected', async () => {
    await postgres.run('delete from users where id % 25 = 7');
    const collect = [
      'collect',
      '--query',
      'select id from users',
      '--postgres-file',
      url,
      '--issuer',
      'ids',
      '--grace',
      '0s',
    ];
    await until(async () => (await run(collect)).out.includes('; 100 of 2,500 workspaces are'), 'all are old enough');
    const { code, out } = await run([...collect, '--delete', '--yes']);
    assert.deepEqual([code, out.split('\n').at(-2)], [0, '100 workspaces were deleted']);
  });

  await t.test('one that ends while it is read provisions nobody, and collects nobody', async () => {
    const before = await count();
    // The first rows are there at once, and more never come.
    const query = 'select id, case when id % 2000 = 1999 then pg_sleep(3600) end from users';
    const base = ['--query', query, '--postgres-file', url, '--issuer', 'ids'];
    const runs = [start(['backfill', ...base]), start(['collect', ...base, '--delete', '--yes', '--grace', '0s'])];
    const sleeping = "select 1 / (count(*) / 2) from pg_stat_activity where wait_event = 'PgSleep'";
    await until(
      () =>
        postgres.run(sleeping).then(
          () => true,
          () => false,
        ),
      'both read',
    );
    await postgres.crash();
    for (const { ended } of runs) {
      const { code, err } = await ended;
      assert.equal(code, 1, err);
      assert.match(err, /^cubby: PostgreSQL: /m);
    }
    assert.equal(await count(), before);
    for (const secret of [
      'postgres://me:hidden@127.0.0.1:port/x',
      'postgres://me:hidden@127.0.0.1:1/x',
      '//me:hidden@',
    ]) {
      const wrong = await run([
        'backfill',
        '--query',
        'select 1',
        '--postgres-file',
        file('wrong', secret),
        '--issuer',
        'app',
      ]);
      assert.match(wrong.err, /^cubby: PostgreSQL: ./);
      assert.doesNotMatch(wrong.err, /hidden/);
    }
    const nobody = await backfill('select 1', '--issuer', 'app');
    assert.match(nobody.err, /^cubby: PostgreSQL: .*(ENOENT|ECONNREFUSED)/);
  });
});
