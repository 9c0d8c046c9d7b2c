import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { grepContent } from '../../../shared/api/tools/grep-content.ts';
import { until } from '../../support/until.ts';
import { startToolBox } from './tool-box.ts';

test('what is called rg and is no ripgrep is done without', async (t) => {
  const own = mkdtempSync(join(tmpdir(), 'cubby-no-ripgrep-'));
  t.after(() => rmSync(own, { recursive: true, force: true }));
  chmodSync(own, 0o755);
  writeFileSync(join(own, 'environ'), `PATH=${own}\0`);
  const box = await startToolBox(t, { CUBBY_ENVIRON: join(own, 'environ') });
  box.put('f', 'needle\n');
  const summary = '{"type":"summary","data":{}}';
  const begin = '{"type":"begin","data":{"path":{"text":"f"}}}';
  const messages = [
    ['{"type":"begin"}'],
    ['{"type":"begin","data":{"path":null}}', summary],
    ['{"type":"begin","data":{"path":{"bytes":7}}}', summary],
    ['{"type":"match","data":{"lines":{"text":"of no file"},"line_number":1}}', summary],
    [begin, '{"type":"match","data":{"lines":{"text":"x"},"line_number":"one"}}', '{"type":"end"}', summary],
    ['null', '[]', '7', '{"type":{}}', '{"type":"toString"}'],
  ];
  const programs = messages.map((lines) => `#!/bin/sh\n${lines.map((line) => `echo '${line}'\n`).join('')}`);
  for (const program of ['#!/bin/sh\necho \'{"type": "begin"\'; echo needle; exit 2\n', '\x7fELF', ...programs]) {
    rmSync(join(own, 'rg'), { force: true });
    writeFileSync(join(own, 'rg'), program, { mode: 0o755 });
    const { matches, engine } = await box.call(grepContent, { pattern: 'needle', directory: box.dir });
    assert.deepEqual([matches.length, engine], [1, 'native'], program);
  }

  await t.test('and is ended when whoever asked has gone', async () => {
    writeFileSync(join(own, 'rg'), `#!/bin/sh\necho $$ >${box.dir}/pid\nexec /bin/sleep 3599\n`, { mode: 0o755 });
    const gone = new AbortController();
    const init = { signal: gone.signal };
    const calling = box.agent.post('/tools/grepContent', { pattern: 'needle', directory: box.dir }, init);
    const pid = async () => readFileSync(join(box.dir, 'pid'), 'utf8').trim();
    const runs = () =>
      existsSync(join(box.dir, 'pid')) && pid().then((number) => number !== '' && existsSync(`/proc/${number}`));
    await Promise.race([until(async () => (await runs()) === true, 'it runs'), calling]);
    gone.abort();
    await assert.rejects(calling, { name: 'AbortError' });
    await until(async () => (await runs()) !== true, 'it has ended');
  });
});
