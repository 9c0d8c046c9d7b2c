import { smallImage, startTestControl } from '../support/control.ts';
import { checkClaims, clientEnvironment, pythonTest } from '../support/python-clients.ts';

/** Flavour of the SDK and the way to a sandbox; those in a row run at the same time, for most of it is waiting. */
const rounds = [
  ['sync direct', 'async proxied'],
  ['async direct', 'sync proxied'],
] as const;
const described = {
  'sync direct': 'the blocking clients, directly',
  'sync proxied': 'the blocking clients, through the server proxy',
  'async direct': 'the asyncio clients, directly',
  'async proxied': 'the asyncio clients, through the server proxy',
};

pythonTest(
  'OpenSandbox’s Python SDKs, unmodified, do everything they can',
  async (t) => {
    const control = await startTestControl(t);
    const environment = {
      ...clientEnvironment(control),
      CUBBY_IMAGE: 'cubby/interpreter:latest',
      CUBBY_SMALL_IMAGE: smallImage,
    };
    for (const round of rounds) {
      await Promise.all(
        round.map((words) =>
          t.test(described[words], (t) => checkClaims(t, ['python_sdk.py', ...words.split(' ')], environment)),
        ),
      );
    }
  },
  { timeout: 280_000 },
);
