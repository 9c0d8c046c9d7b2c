import assert from 'node:assert/strict';
import type { StreamEvent } from '../../shared/api/events.ts';
import { readEvents } from '../support/agent.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';

const image = { uri: 'cubby/python:latest' };
const resourceLimits = { cpu: '1', memory: '1Gi' };
const png = /^iVBORw0KGgo/;

engineTest(
  'what the usual libraries show arrives in every form that they give it',
  async (t) => {
    const control = await startTestControl(t);
    const { id } = await control.create({ image, resourceLimits });
    const agent = await control.agent(id);
    const cell = async (code: string, more?: object) => {
      const response = await agent.post('/code', { code, ...more });
      assert.equal(response.status, 200);
      const events = await readEvents(response);
      assert.equal(events.find(({ type }) => type === 'error')?.error, undefined, code);
      return events;
    };
    const shownBy = async (code: string, more?: object) => resultsIn(await cell(code, more));

    await t.test('a plot is a PNG, with plt.show() and without', async () => {
      for (const end of ['', '\nplt.show()', '\nNone']) {
        const events = await cell(`import matplotlib.pyplot as plt\nplt.plot([1, 2]);${end}`);
        const [plot, ...others] = resultsIn(events);
        assert.match(plot!.results!['image/png']!, png);
        assert.match(plot!.results!.text!, /^<Figure size/);
        assert.equal(plot!.is_main_result, undefined);
        assert.deepEqual(others, [], 'a figure is shown once');
        assert.doesNotMatch(JSON.stringify(events.filter(({ type }) => type === 'stderr')), /font|cache/);
      }
    });

    await t.test('figures are closed after the cell, and %matplotlib inline changes nothing', async () => {
      assert.equal((await shownBy('%matplotlib inline\nlen(plt.get_fignums())'))[0]?.results?.text, '0');
      const two = await shownBy('plt.figure()\nplt.plot([1])\nplt.figure()\n_ = plt.plot([2])');
      assert.equal(two.filter(({ results }) => png.test(results?.['image/png'] ?? '')).length, 2);
    });

    await t.test('a plot is drawn in the formats that the cell is asked for, and the next one as before', async () => {
      const plot = '_ = plt.plot([1, 2])';
      const formsOf = async (more?: object) => Object.keys((await shownBy(plot, more))[0]!.results!).sort();
      assert.deepEqual(await formsOf({ figure_formats: ['svg'] }), ['image/svg+xml', 'text']);
      assert.deepEqual(await formsOf(), ['image/png', 'text']);
      assert.deepEqual(await formsOf({ figure_formats: ['svg', 'png', 'jpeg', 'pdf'] }), [
        'application/pdf',
        'image/jpeg',
        'image/png',
        'image/svg+xml',
        'text',
      ]);
      await cell("%config InlineBackend.figure_formats = ['svg']");
      assert.deepEqual(await formsOf({ figure_formats: ['png'] }), ['image/png', 'text']);
      assert.deepEqual(await formsOf(), ['image/svg+xml', 'text'], 'what a cell has chosen stays');
    });

    await t.test('a context’s first plot is drawn in them, too, and leaves no name behind', async () => {
      const context = await (await agent.post('/code/context', { language: 'python' })).json();
      const more = { context, figure_formats: ['svg'] };
      const [first] = await shownBy('before = set(dir())\nimport matplotlib.pyplot as plt\n_ = plt.plot([1])', more);
      assert.match(first!.results!['image/svg+xml']!, /<svg/);
      const [second] = await shownBy('_ = plt.plot([1])', { context });
      assert.match(second!.results!['image/png']!, png);
      const [names] = await shownBy('sorted(n for n in set(dir()) - before if not n.startswith("_"))', { context });
      assert.equal(names!.results!.text, "['before', 'plt']");
    });

    await t.test('a transparent plot says what background it needs', async () => {
      const [plot] = await shownBy("fig = plt.figure(facecolor='none')\n_ = fig.add_subplot().plot([1])");
      assert.deepEqual(plot?.metadata, { needs_background: 'light' });
    });

    await t.test('a DataFrame is a table in HTML and in text, and a long one is told in part', async () => {
      const [small] = await shownBy('import pandas as pd\npd.DataFrame({"a": [1, 2], "名": ["x", "<b>"]})');
      assert.match(small!.results!['text/html']!, /<table[\s\S]*&lt;b&gt;/);
      assert.match(small!.results!.text!, /0 {2}1/);
      assert.equal(small!.is_main_result, true);
      const [large] = await shownBy('pd.DataFrame([[i] * 200 for i in range(100_000)])');
      assert.match(large!.results!['text/html']!, /100000 rows × 200 columns/);
      assert.ok(large!.results!['text/html']!.length < 100_000);
      const [plot] = await shownBy('_ = pd.Series([1, 2]).plot()');
      assert.match(plot!.results!['image/svg+xml']!, /<svg/);
    });

    await t.test('sympy’s value is LaTeX, a PIL image is a PNG', async () => {
      const [formula] = await shownBy(
        'from sympy import init_printing, symbols\ninit_printing(use_latex="mathjax")\nsymbols("x") ** 2 / 2',
      );
      assert.match(formula!.results!['text/latex']!, /\\frac\{x\^\{2\}\}\{2\}/);
      const [picture] = await shownBy('from PIL import Image\nImage.new("RGB", (4, 3), "red")');
      assert.match(picture!.results!['image/png']!, png);
    });

    await t.test('HTML, Markdown, JSON, SVG and sound arrive as such, and plotly’s bundle as JSON', async () => {
      const shown = await shownBy(`
from IPython.display import HTML, Markdown, JSON, SVG, Audio, display
display(HTML("<i>h</i>"), Markdown("**m**"), JSON({"j": [1, None]}), SVG("<svg xmlns='http://www.w3.org/2000/svg'/>"))
display(Audio(b"RIFFsound", rate=8000))
display({"application/vnd.plotly.v1+json": {"data": [{"y": [1.5]}], "layout": {}}, "text/html": "<div>"}, raw=True)`);
      const forms = shown.map(({ results }) => results!);
      assert.equal(forms[0]!['text/html'], '<i>h</i>');
      assert.equal(forms[1]!['text/markdown'], '**m**');
      assert.deepEqual(JSON.parse(forms[2]!['application/json']!), { j: [1, null] });
      assert.match(forms[3]!['image/svg+xml']!, /<svg/);
      assert.match(forms[4]!['text/html']!, /base64,UklGRnNvdW5k/);
      assert.deepEqual(JSON.parse(forms[5]!['application/vnd.plotly.v1+json']!), { data: [{ y: [1.5] }], layout: {} });
    });

    await t.test('formats that are none, and formats for a language without figures, are refused', async () => {
      const none = await agent.post('/code', { code: '1', figure_formats: ['gif'] });
      assert.equal(none.status, 400);
      assert.match(JSON.stringify(await none.json()), /figure_formats/);
      const bash = await agent.post('/code', { code: 'ls', context: { language: 'bash' }, figure_formats: ['png'] });
      assert.equal(bash.status, 400);
      assert.equal(((await bash.json()) as { field: string }).field, 'figure_formats');
    });
  },
  { timeout: 600_000 },
);

engineTest('where nothing but the workspace can be written a plot is drawn without a word on caches', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({ image, resourceLimits, extensions: { 'cubby.profile': 'hardened' } });
  const agent = await control.agent(id);
  const code =
    'import os, matplotlib.pyplot as plt\n_ = plt.plot([1])\nprint(os.access(os.path.expanduser("~"), os.W_OK))';
  const events = await readEvents(await agent.post('/code', { code }));
  assert.match(resultsIn(events)[0]!.results!['image/png']!, png);
  const said = (name: string) => events.map(({ type, text }) => (type === name ? text : '')).join('');
  assert.deepEqual([said('stdout'), said('stderr')], ['False\n', '']);
});

function resultsIn(events: StreamEvent[]): StreamEvent[] {
  return events.filter(({ type }) => type === 'result');
}
