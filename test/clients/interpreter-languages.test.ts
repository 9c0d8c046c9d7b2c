import assert from 'node:assert/strict';
import type { CodeContext, CodeKernel } from '../../shared/api/code.ts';
import { readEvents } from '../support/agent.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { until } from '../support/until.ts';

/** How one says the same thing in each language; a result is what a client shows of it. */
interface Phrases {
  set: string;
  get: [code: string, result: string];
  print: string;
  fail: string;
  error: [ename: RegExp, evalue: RegExp, traceback: RegExp];
  /** Says `begun` first. */
  endless: string;
  directory: string;
  variable: string;
}

const languages: Record<string, Phrases> = {
  python: {
    set: 'x = "ü😀"',
    get: ['x', "'ü😀'"],
    print: 'import sys\nprint("out ü"); print("err", file=sys.stderr)',
    fail: 'def f():\n    raise ValueError("boom ü")\nf()',
    error: [/^ValueError$/, /^boom ü$/, /ValueError.*boom ü/],
    endless: 'print("begun", flush=True)\nwhile True: pass',
    directory: 'import os\nprint(os.getcwd())',
    variable: 'import os\nprint(os.environ.get("FOR_THIS", "none"))',
  },
  bash: {
    set: 'x="ü😀"',
    get: ['echo "$x"', ''],
    print: 'echo "out ü"; echo err >&2',
    fail: 'f() { return 3; }\nf',
    error: [/^CommandExecError$/, /^3$/, /3/],
    endless: 'echo begun; while :; do :; done',
    directory: 'pwd',
    variable: 'test -z "$FOR_THIS" && echo none || echo "$FOR_THIS"',
  },
  javascript: {
    set: 'const x = "ü😀"',
    get: ['x', "'ü😀'"],
    print: 'console.log("out ü"); console.error("err")',
    fail: 'function f() { throw new RangeError("boom ü") }\nf()',
    error: [/^RangeError$/, /^boom ü$/, /at f \(cell-\d+\.js:1:/],
    endless: 'console.log("begun"); while (true) {}',
    directory: 'console.log(process.cwd())',
    variable: 'console.log(process.env.FOR_THIS ?? "none")',
  },
  typescript: {
    set: 'interface Named { name: string }\nconst x: Named = { name: "ü😀" }',
    get: ['x satisfies Named', "{ name: 'ü😀' }"],
    print: 'console.log("out ü" as string); console.error("err")',
    fail: 'const f = (why: string): never => { throw new RangeError(why) };\nf("boom ü")',
    error: [/^RangeError$/, /^boom ü$/, /at f \(cell-\d+\.js:1:/],
    endless: 'console.log("begun" as string); await new Promise<void>(() => {})',
    directory: 'console.log(process.cwd())',
    variable: 'console.log(process.env.FOR_THIS ?? "none")',
  },
  r: {
    set: 'x <- "ü😀"',
    get: ['x', '[1] "ü😀"'],
    print: 'cat("out ü\\n"); message("err", appendLF = FALSE)',
    fail: 'f <- function() stop("boom ü")\nf()',
    error: [/./, /boom ü/, /f\(\)/],
    endless: 'cat("begun\\n"); flush.console(); while (TRUE) {}',
    directory: 'cat(getwd(), "\\n")',
    variable: 'cat(Sys.getenv("FOR_THIS", "none"), "\\n")',
  },
};

engineTest(
  'cells run in every language of the interpreter image as soon as it has started',
  async (t) => {
    const control = await startTestControl(t);
    const { id: sandbox } = await control.create({
      image: { uri: 'cubby/interpreter:latest' },
      resourceLimits: { cpu: '2', memory: '2Gi' },
      entrypoint: ['/opt/code-interpreter/code-interpreter.sh'],
    });
    const agent = await control.agent(sandbox);

    async function created(body: object): Promise<string> {
      const response = await agent.post('/code/context', body);
      assert.equal(response.status, 200, await response.clone().text());
      return ((await response.json()) as CodeContext).id;
    }

    async function run(code: string, context: object, more: object = {}) {
      const events = await readEvents(await agent.post('/code', { code, context, timeout: 120_000, ...more }));
      const text = (type: string) => events.map((event) => (event.type === type ? event.text : '')).join('');
      const results = events.flatMap((event) => (event.results ? [event.results] : []));
      const error = events.find(({ type }) => type === 'error')?.error;
      return { stdout: text('stdout'), stderr: text('stderr'), results, error, last: events.at(-1)?.type };
    }

    await t.test('the image’s own kernels are listed, and can be started', async () => {
      const kernels = (await (await agent.fetch('/code/kernels')).json()) as CodeKernel[];
      const usable = kernels
        .filter((kernel) => kernel.is_default && kernel.is_available)
        .map(({ language }) => language);
      assert.deepEqual(usable.sort(), Object.keys(languages).sort());
    });

    for (const [language, say] of Object.entries(languages)) {
      await t.test(`${language}: state, output, value, error, interrupt, directory and environment`, async () => {
        const id = await created({ language, cwd: '/opt' });
        const other = await created({ language });
        const cell = (code: string, more: object = {}) => run(code, { id }, more);
        const [get, result] = say.get;
        const shows = async () => {
          const { results, stdout, error } = await cell(get);
          assert.equal(error, undefined);
          assert.equal(results[0]?.text ?? stdout.trim(), result || 'ü😀');
        };
        assert.deepEqual(await cell(say.set), {
          stdout: '',
          stderr: '',
          results: [],
          error: undefined,
          last: 'execution_complete',
        });
        await shows();
        const { stdout, stderr } = await cell(say.print);
        assert.deepEqual([stdout, stderr], ['out ü\n', 'err\n']);
        const { error, last } = await cell(say.fail);
        assert.match(error!.ename, say.error[0]);
        assert.match(error!.evalue, say.error[1]);
        assert.match(error!.traceback.join('\n'), say.error[2]);
        assert.equal(last, 'execution_complete');
        const endless = await agent.post('/code', { code: say.endless, context: { id } });
        const copies = endless.clone();
        const ended = readEvents(endless);
        await untilSaid(copies, 'begun');
        assert.equal((await agent.fetch(`/code?id=${id}`, { method: 'DELETE' })).status, 200);
        assert.ok((await ended).some(({ type }) => type === 'error'));
        await shows();
        assert.equal((await cell(say.directory)).stdout.trim(), '/opt');
        assert.equal((await cell(say.variable, { envs: { FOR_THIS: 'ü cell' } })).stdout.trim(), 'ü cell');
        assert.equal((await cell(say.variable)).stdout.trim(), 'none');
        const there = await run(get, { id: other });
        assert.doesNotMatch(JSON.stringify(there.results) + there.stdout, /ü😀/);
        for (const context of [id, other]) await agent.fetch(`/code/contexts/${context}`, { method: 'DELETE' });
      });
    }

    await t.test('r: plots as PNG and SVG, data frames as HTML and text, warnings, and who asks', async () => {
      const id = await created({ kernel: 'R' });
      const cell = (code: string, more: object = {}) => run(code, { id }, more);
      const png = (await cell('plot(1:3, main = "ü")')).results[0];
      assert.equal(Buffer.from(png!['image/png']!, 'base64').toString('latin1', 1, 4), 'PNG');
      const svg = (await cell('options(jupyter.plot_mimetypes = "image/svg+xml")\nplot(1:3)')).results[0];
      assert.match(svg!['image/svg+xml']!, /<svg/);
      const table = (await cell('data.frame(a = 1:2, b = c("x", "ü"))')).results[0];
      assert.match(table!['text/html']!, /<table[\s\S]*ü/);
      assert.match(table!.text!, /a b\n1 1 x\n2 2 ü/);
      assert.match((await cell('warning("look out"); 1')).stderr, /look out/);
      const asking = await cell('answer <- readline("name? ")\nprint(answer)');
      assert.deepEqual(
        [asking.stdout, asking.stderr, asking.error],
        ['[1] ""\n', 'Nobody can answer this cell: it got an empty line.\n', undefined],
      );
    });

    await t.test('what is shown in JavaScript arrives, and the network is not needed for any of it', async () => {
      const { results } = await run('jupyter.html(`<b>2</b>`)', { language: 'javascript' });
      assert.deepEqual(results, [{ 'text/html': '<b>2</b>' }]);
      const code =
        'const { createHash } = await import("node:crypto");\ncreateHash("sha1").update("x").digest("hex").length';
      assert.deepEqual((await run(code, { language: 'ts' })).results, [{ text: '40' }]);
    });

    await t.test('a kernelspec that is dropped into /etc/cubby/kernels counts at once', async () => {
      const spec = { argv: ['R', '--no-echo', '-e', 'IRkernel::main()', '--args', '{connection_file}'], language: 'R' };
      const { exitCode } = await agent.run(
        `mkdir -p /etc/cubby/kernels && echo '${JSON.stringify(spec)}' >/etc/cubby/kernels/spare-r.json`,
      );
      assert.equal(exitCode, 0);
      assert.deepEqual((await run('1 + 1', { kernel: 'spare-r' })).results[0]?.text, '[1] 2');
    });

    async function untilSaid(response: Response, text: string): Promise<void> {
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      let said = '';
      await until(async () => {
        if (said.includes(text)) return true;
        said += (await reader.read()).value ?? '';
        return said.includes(text);
      }, `the cell has said ${text}`);
      void reader.cancel();
    }
  },
  { timeout: 600_000 },
);
