import { pythonImage, startTestControl } from '../support/control.ts';
import { checkClaims, clientEnvironment, pythonTest } from '../support/python-clients.ts';

for (const [flavour, described] of [
  ['sync', 'the blocking clients'],
  ['async', 'the asyncio clients'],
] as const) {
  for (const [way, by] of [
    ['direct', 'directly'],
    ['proxied', 'through the server proxy'],
  ] as const) {
    pythonTest(`OpenSandbox’s Python SDKs, unmodified: ${described}, ${by}`, async (t) => {
      const control = await startTestControl(t);
      const environment = { ...clientEnvironment(control), CUBBY_IMAGE: pythonImage };
      await checkClaims(t, ['python_sdk.py', flavour, way], environment);
    });
  }
}
