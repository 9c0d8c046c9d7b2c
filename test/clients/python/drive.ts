import { smallImage, startTestControl } from '../../support/control.ts';
import { checkClaims, clientEnvironment, pythonTest } from '../../support/python-clients.ts';

const ways = { direct: 'directly', proxied: 'through the server proxy' };

/** A test of one flavour of the Python SDKs, by both ways at the same time. */
export function driveSdks(flavour: 'sync' | 'async', described: string): void {
  pythonTest(
    `OpenSandbox’s Python SDKs, unmodified, do everything they can: ${described}`,
    async (t) => {
      const control = await startTestControl(t);
      const images = { CUBBY_IMAGE: 'cubby/interpreter:latest', CUBBY_SMALL_IMAGE: smallImage };
      await Promise.all(
        Object.entries(ways).map(([way, by]) =>
          t.test(by, (t) =>
            checkClaims(t, ['python_sdk.py', flavour, way], { ...clientEnvironment(control), ...images }),
          ),
        ),
      );
    },
    { timeout: 600_000 },
  );
}
