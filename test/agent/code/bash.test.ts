import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { merged, textOf, typesOf } from './code-client.ts';
import { startSandbox, until } from './sandbox.ts';

const bash = { language: 'bash' };

test('a cell of bash sends init, output, execution_count and execution_complete, numbered', async (t) => {
  const sandbox = await startSandbox(t);
  const { status, events: parts } = await sandbox.cell('echo hello', bash);
  const events = merged(parts);
  assert.equal(status, 200);
  assert.deepEqual(typesOf(events), ['init', 'stdout', 'execution_count', 'execution_complete']);
  assert.equal(events[1]?.text, 'hello\n');
  assert.equal(events[2]?.execution_count, 1);
  const second = await sandbox.cell(':', bash);
  assert.equal(second.events.find(({ type }) => type === 'execution_count')?.execution_count, 2);
  assert.equal(second.events[0]?.text, events[0]?.text, 'cells without a context share the default one');
});

test('bash goes by the names sh and shell too, and is one language under all of them', async (t) => {
  const sandbox = await startSandbox(t);
  await sandbox.cell('x=1', { language: 'sh' });
  const { events } = await sandbox.cell('echo $x', { language: 'Shell' });
  assert.equal(textOf(events, 'stdout'), '1\n');
  const { id } = await sandbox.createContext({ language: 'sh', cwd: '/usr' });
  assert.deepEqual(await sandbox.context(id), { id, language: 'bash', cwd: '/usr', state: 'idle', queued: 0 });
  assert.equal(textOf((await sandbox.cell('pwd; echo "[$x]"', { id })).events, 'stdout'), '/usr\n[]\n');
  const listed = (await (await sandbox.request('GET', '/code/contexts?language=sh')).json()) as unknown[];
  assert.equal(listed.length, 2);
  assert.equal((await sandbox.request('DELETE', '/code/contexts?language=shell')).status, 200);
  assert.deepEqual(await (await sandbox.request('GET', '/code/contexts')).json(), []);
});

test('variables, arrays, functions, aliases, options and the directory stay from cell to cell', async (t) => {
  const sandbox = await startSandbox(t);
  await sandbox.cell(
    `plain='one two'
export sent=2
list=(a "b c")
list+=(d)
declare -A map=([key]="a value")
f() {
  local words="$*"
  echo "f of $words"
}
alias greet='echo greetings'
shopt -s extglob
cd /usr`,
    bash,
  );
  const { events } = await sandbox.cell(
    `echo "$plain $(printenv sent) \${#list[@]} \${list[1]} \${map[key]}"
f x y
greet
shopt -q extglob && pwd`,
    bash,
  );
  assert.equal(textOf(events, 'stdout'), 'one two 2 3 b c a value\nf of x y\ngreetings\n/usr\n');
  assert.equal(textOf(events, 'stderr'), '');
});

test('here-documents, loops and pipelines run as in a script', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(
    `name=world
cat <<TEXT
hello $name
  and 'quotes' "too"
TEXT
cat <<'RAW'
$name \\n
RAW
for i in 1 2 3; do
  echo "$i"
done | while read -r n; do echo "n=$n"; done
echo last # without a line end`,
    bash,
  );
  assert.equal(textOf(events, 'stdout'), 'hello world\n  and \'quotes\' "too"\n$name \\n\nn=1\nn=2\nn=3\nlast\n');
});

test('both streams arrive while the cell runs, apart', async (t) => {
  const sandbox = await startSandbox(t);
  const [one, two] = ['one', 'two'].map((name) => join(sandbox.dir, 'work', name));
  const cell = await sandbox.open(
    `printf begun; ${waitFor(one!)}; echo warned >&2; ${waitFor(two!)}; echo ' and done'`,
    bash,
  );
  await cell.stdoutUntil('begun');
  writeFileSync(one!, '');
  const warned = await cell.next();
  assert.deepEqual([warned?.type, warned?.text], ['stderr', 'warned\n']);
  writeFileSync(two!, '');
  assert.equal(textOf(await cell.rest(), 'stdout'), ' and done\n');
});

test('text of any language arrives as it was written, and bytes that are no UTF-8 as U+FFFD', async (t) => {
  const sandbox = await startSandbox(t);
  const text = '\ufeffnaïve 漢字 🎉 \u2028 \u0085 end';
  const { events } = await sandbox.cell(`printf %s '${text}'`, bash);
  assert.equal(textOf(events, 'stdout'), text);
  const cut = await sandbox.cell(
    `printf '\\xe6\\xbc'; sleep 0.1; printf 'err\\xc3' >&2; printf '\\xa2 \\0 \\xff\\xc3'; sleep 0.1; printf '\\xa9' >&2`,
    bash,
  );
  assert.equal(textOf(cut.events, 'stdout'), '漢 \0 \ufffd\ufffd');
  assert.equal(textOf(cut.events, 'stderr'), 'erré');
  assert.equal(textOf((await sandbox.cell(`printf '\\xa9'`, bash)).events, 'stdout'), '\ufffd');
});

test('10 MB and 20,000 lines arrive whole, nothing of the next cell among them', async (t) => {
  const sandbox = await startSandbox(t);
  const large = await sandbox.cell('head -c 10000000 /dev/zero | tr "\\0" x; echo; echo "the end"', bash);
  assert.ok(textOf(large.events, 'stdout') === `${'x'.repeat(10_000_000)}\nthe end\n`);
  const many = await sandbox.cell('for ((i = 0; i < 20000; i++)); do echo "$i"; done', bash);
  assert.ok(textOf(many.events, 'stdout') === Array.from({ length: 20_000 }, (_, i) => `${i}\n`).join(''));
  assert.ok(![...large.events, ...many.events].some(({ type }) => type === 'missed'));
});

test('a cell has nothing to read, and read ends at once', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell('read -r answer; echo "$? [$answer]"; cat', bash);
  assert.equal(textOf(events, 'stdout'), '1 []\n');
});

test('what a job puts out after its cell is among the output of the cell that runs then, if one does', async (t) => {
  const sandbox = await startSandbox(t);
  const [one, said, two] = ['one', 'said', 'two'].map((name) => join(sandbox.dir, 'work', name)) as [
    string,
    string,
    string,
  ];
  const job = `{ ${waitFor(one)}; echo between; : >'${said}'; ${waitFor(two)}; echo during; } &`;
  const started = await sandbox.cell(`${job}\necho started`, bash);
  assert.deepEqual(typesOf(started.events), ['init', 'stdout', 'execution_count', 'execution_complete']);
  writeFileSync(one, '');
  await until(() => existsSync(said), 'the job has written');
  await until(() => hasReachedRing(sandbox.dir, 'between\n'), 'what it wrote is no longer on its way');
  const cell = await sandbox.open('echo begun; wait; echo done', bash);
  assert.equal(await cell.stdoutUntil('begun\n'), 'begun\n');
  writeFileSync(two, '');
  assert.equal(textOf(await cell.rest(), 'stdout'), 'during\ndone\n');
});

test('variables for one cell are exported, and afterwards each is what it was, however the cell ended', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext(bash);
  await sandbox.cell(`one="it's\nme"; declare -a two=(a 'b c'); export three=3; (exit 5)`, { id });
  const envs = { one: "lent '1'", two: 'lent 2', three: 'lent 3', four: '$four\n' };
  const seen = await sandbox.cell(`echo "$?"; printenv one two three four`, { id }, { envs });
  assert.equal(textOf(seen.events, 'stdout'), `5\nlent '1'\nlent 2\nlent 3\n$four\n\n`);
  assert.equal(seen.events.find(({ type }) => type === 'execution_count')?.execution_count, 2);
  const tell = `echo "$one \${two[1]} $three \${four-none}"; printenv one two three four | cat`;
  const before = "it's\nme b c 3 none\n3\n";
  for (const code of ['one=changed; unset two three', 'set -e; one=changed; false', 'exit 3', 'kill -9 $$', 'echo (']) {
    await sandbox.cell(code, { id }, { envs });
    await sandbox.cell('set +e', { id });
    assert.equal(textOf((await sandbox.cell(tell, { id })).events, 'stdout'), before, code);
  }
  const cell = await sandbox.open('one=changed; echo ready; sleep 1000', { id }, { envs });
  await cell.stdoutUntil('ready\n');
  await sandbox.interrupt(id);
  await cell.rest();
  assert.equal(textOf((await sandbox.cell(tell, { id })).events, 'stdout'), before);
  const refused = await sandbox.cell(':', { id }, { envs: { 'not-a-name': '' } });
  assert.deepEqual([refused.status, refused.error.code, refused.error.field], [400, 'INVALID_PARAMETER', 'envs']);
});

/** True when the runner of a shell has taken a text out of the pipe that it was written to. */
function hasReachedRing(dir: string, text: string): boolean {
  const spool = join(dir, 'spool');
  return readdirSync(spool).some((id) => readFileSync(join(spool, id, 'ring')).includes(text));
}

function waitFor(path: string): string {
  return `while [ ! -e '${path}' ]; do sleep 0.01; done`;
}
