import assert from 'node:assert/strict';
import { readEvents } from '../../../support/agent.ts';
import { smallImage, startTestControl } from '../../../support/control.ts';
import { engineTest } from '../../../support/engine.ts';

engineTest('cells of JavaScript and TypeScript run in an image that has nothing but busybox', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({ image: { uri: smallImage }, resourceLimits: { cpu: '1', memory: '512Mi' } });
  const agent = await control.agent(id);
  const run = async (code: string, language: string) => {
    const events = await readEvents(await agent.post('/code', { code, context: { language } }));
    assert.equal(events.find(({ error }) => error)?.error, undefined);
    return events.flatMap(({ type, text, results }) => (type === 'stdout' ? [text] : results ? [results.text] : []));
  };
  assert.deepEqual(
    await run('console.log("ü"); require("child_process").execSync("echo sub").toString()', 'javascript'),
    ['ü\n', "'sub\\n'"],
  );
  assert.deepEqual(await run('enum E { A = 5 }\nE.A', 'typescript'), ['5']);
});
