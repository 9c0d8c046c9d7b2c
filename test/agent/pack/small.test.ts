import assert from 'node:assert/strict';
import { readEvents } from '../../support/agent.ts';
import { startTestControl } from '../../support/control.ts';
import { engineTest } from '../../support/engine.ts';

const mib = 1024 * 1024;

engineTest('in 64 MiB the agent streams, takes in and gives out far more than it has memory for', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({ resourceLimits: { memory: '64Mi', cpu: '1' } });
  const agent = await control.agent(id);
  const oomKills = async () =>
    ((await (await agent.fetch('/metrics')).json()) as { oom_kills?: number }).oom_kills ?? 0;

  await t.test('200 MB of raw output', async () => {
    const background = { command: `head -c ${200 * mib} /dev/zero`, background: true, hold: true };
    const [started] = await readEvents(await agent.post('/command', background));
    const response = await agent.fetch(`/command/${started!.text}/output?follow=true&hold=true`);
    let bytes = 0;
    for await (const chunk of response.body!) bytes += chunk.length;
    assert.equal(bytes, 200 * mib);
  });

  await t.test('half a million lines', async () => {
    const response = await agent.post('/command', {
      command: 'yes "$(head -c 79 /dev/zero | tr "\\0" x)" | head -n 500000',
    });
    let lines = 0;
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split('"type":"stdout"');
      lines += parts.length - 1;
      rest = parts.at(-1)!.slice(-20);
    }
    assert.equal(lines, 500_000);
  });

  await t.test('a file of 100 MB, up and down', async () => {
    const form = new FormData();
    form.append('metadata', new Blob([JSON.stringify({ path: '/big', mode: 644 })]), 'metadata');
    form.append('file', new Blob([new Uint8Array(100 * mib)]), 'big');
    const upload = await agent.fetch('/files/upload', { method: 'POST', body: form });
    assert.equal(upload.status, 200, await upload.text());
    const download = await agent.fetch('/files/download?path=/big');
    let bytes = 0;
    for await (const chunk of download.body!) bytes += chunk.length;
    assert.equal(bytes, 100 * mib);
  });

  await t.test('a cell of 100 MB, and its events again', async () => {
    const code = 'yes 0123456789abcde | head -c 100000000';
    const response = await agent.post('/code', { code, context: { language: 'bash' } });
    const path = `/code/executions/${response.headers.get('x-execution-id')}/events`;
    for (const stream of [response, await agent.fetch(path)]) {
      const events = await readEvents(stream);
      const bytes = events.reduce(
        (sum, { text, type, missed }) => sum + (missed?.bytes ?? (type === 'stdout' ? text!.length : 0)),
        0,
      );
      assert.equal(bytes, 100_000_000);
      assert.equal(events.at(-1)?.type, 'execution_complete');
    }
  });

  assert.equal(await oomKills(), 0, 'the kernel ended nothing for want of memory');
});
