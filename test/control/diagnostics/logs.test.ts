import assert from 'node:assert/strict';
import type { DiagnosticContent } from '../../../shared/api/diagnostics.ts';
import type { Sandbox } from '../../../shared/api/sandboxes.ts';
import { startTestControl } from '../../support/control.ts';
import type { ControlClient } from '../../support/control-client.ts';
import { engineTest } from '../../support/engine.ts';
import { until } from '../../support/until.ts';
import { untimed } from '../../support/untimed.ts';

async function logsOf(control: ControlClient, id: string): Promise<DiagnosticContent> {
  const response = await control.fetch(`/v1/sandboxes/${id}/diagnostics/logs?scope=container`);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as DiagnosticContent;
}

engineTest('a sandbox that is still being made has a log, with nothing in it yet', async (t) => {
  const control = await startTestControl(t);
  const seen = new Set<string>();
  let made: Sandbox | undefined;
  const creating = control.create().then((sandbox) => {
    made = sandbox;
  });
  while (made === undefined) {
    const response = await control.fetch('/v1/sandboxes');
    for (const { id, status } of ((await response.json()) as { items: Sandbox[] }).items) {
      const { truncated } = await logsOf(control, id);
      assert.equal(truncated, false);
      seen.add(status.state);
    }
  }
  await creating;
  assert.ok(seen.has('Pending'), 'it was asked for while it was being made');
});

engineTest(
  'a log says whether it was cut: by lines or by bytes, of a live sandbox or of one that has ended',
  async (t) => {
    const control = await startTestControl(t);
    const says = (what: string) => [
      '/bin/sh',
      '-c',
      `${what}; echo end; until [ -e /go ]; do sleep 0.02; done; exit 3`,
    ];
    const cases = [
      // What the sandbox's own init says at its start is in the log as well.
      { what: 'seq 400', live: false, ended: false },
      { what: 'seq 600', live: false, ended: true },
      { what: 'seq 10001', live: true, ended: true },
      { what: 'for i in 1 2 3 4; do head -c 400000 /dev/zero | tr "\\0" x; echo; done', live: true, ended: true },
    ];
    for (const { what, live, ended } of cases) {
      const { id } = await control.create({ entrypoint: says(what) });
      const read = async () => {
        const { content, truncated } = await logsOf(control, id);
        return { last: untimed(content).split('\n').at(-2), lines: content.split('\n').length - 1, truncated };
      };
      await until(async () => (await read()).last === 'end', 'all of it was said');
      const before = await read();
      assert.equal(before.truncated, live, what);
      assert.ok(before.lines <= 10_000);
      await (await control.agent(id)).run('touch /go').catch(() => undefined);
      await until(async () => (await control.get(id)).status.state === 'Failed', 'it has ended');
      const after = await read();
      assert.equal(after.truncated, ended, what);
      assert.equal(after.last, 'end');
      assert.ok(after.lines <= 500);
      await control.delete(id);
    }
  },
);
