import assert from 'node:assert/strict';
import type { KeptExecution } from '../../shared/api/kept-executions.ts';
import { initPid } from '../support/containers.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { execute, pythonSandbox } from '../support/executions.ts';
import { descendants } from '../support/processes.ts';
import { withStorage } from '../support/rows.ts';
import { until } from '../support/until.ts';

engineTest(
  'what control has started without having come to write that down is known to run, and cancelled',
  async (t) => {
    const lives = controlLives(t);
    let control = await lives.spawn();
    const { id: sandboxId } = await control.create(pythonSandbox());
    const { id } = await execute(control, { sandboxId, language: 'shell', code: 'sleep 8766', timeout: 3000 });
    const init = await initPid(lives.store, sandboxId);
    const left = () => descendants(init).filter(({ command }) => command.includes('sleep 8766')).length;
    const shown = async () => (await (await control.fetch(`/v1/executions/${id}`)).json()) as KeptExecution;
    await until(async () => (await shown()).status === 'running' && left() > 0, 'it runs');
    await control.kill();
    // As where control is killed between the answer of an agent and the writing down of it.
    withStorage(lives.state, (storage) =>
      storage.prepare(`update executions set status = 'pending', started_at = null where id = ?`).run(id),
    );
    control = await lives.spawn();
    await until(async () => (await shown()).status === 'running', 'it is known to run');
    const response = await control.fetch(`/v1/executions/${id}/cancel`, { method: 'POST' });
    const cancelled = (await response.json()) as KeptExecution;
    assert.equal(cancelled.status, 'cancelled', JSON.stringify(cancelled));
    assert.ok(cancelled.startedAt !== undefined && cancelled.startedAt >= cancelled.createdAt);
    assert.equal(left(), 0);
  },
);
