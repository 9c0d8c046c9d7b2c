import { removeContainer } from '../containers.ts';
import { interleave, timed } from '../rounds.ts';
import type { Scenario } from '../scenario.ts';
import { answered, plainContainer, soon, sunk } from '../sleeping.ts';

/** From a call of a frozen sandbox's agent to its answer. */
export const wakeFrozen: Scenario = {
  name: 'wake.frozen',
  unit: 'ms',
  baseline: 'engine unpause',
  measure: (bench) =>
    bench.withSandbox(
      async (sandbox) => {
        const { engine, signal } = bench;
        const plain = await plainContainer(sandbox.id, bench);
        try {
          await engine.ask('POST', `/containers/${plain}/start`, { signal });
          return await interleave(bench, {
            n: bench.count(20, 3),
            warmUp: bench.count(2, 1),
            value: async () => {
              await sunk(sandbox.id, 'frozen', bench);
              return answered(sandbox, signal);
            },
            baseline: async () => {
              await engine.ask('POST', `/containers/${plain}/pause`, { signal });
              return timed(() => engine.ask('POST', `/containers/${plain}/unpause`, { signal }));
            },
          });
        } finally {
          await removeContainer(engine, plain);
        }
      },
      undefined,
      { freezeAfterSeconds: soon },
    ),
};

/** The same of a stopped one, with its network shut and its entrypoint started. */
export const wakeStopped: Scenario = {
  name: 'wake.stopped',
  unit: 'ms',
  baseline: 'engine start',
  measure: (bench) =>
    bench.withSandbox(
      async (sandbox) => {
        const { engine, signal } = bench;
        const plain = await plainContainer(sandbox.id, bench);
        try {
          return await interleave(bench, {
            n: bench.count(10, 2),
            warmUp: 1,
            value: async () => {
              await sunk(sandbox.id, 'stopped', bench);
              return answered(sandbox, signal);
            },
            baseline: async () => {
              const took = await timed(() => engine.ask('POST', `/containers/${plain}/start`, { signal }));
              await engine.ask('POST', `/containers/${plain}/kill`, { signal });
              await engine.ask('POST', `/containers/${plain}/wait`, { signal });
              return took;
            },
          });
        } finally {
          await removeContainer(engine, plain);
        }
      },
      undefined,
      { stopAfterSeconds: soon },
    ),
};
