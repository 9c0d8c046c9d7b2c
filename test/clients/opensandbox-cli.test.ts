import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { smallImage, startTestControl } from '../support/control.ts';
import { checkClaims, clientEnvironment, pythonTest } from '../support/python-clients.ts';

pythonTest('OpenSandbox’s command line, unmodified, does everything it can', async (t) => {
  const control = await startTestControl(t);
  await Promise.all(
    (['direct', 'proxied'] as const).map((way) =>
      t.test(way === 'direct' ? 'directly' : 'through the server proxy', async (t) => {
        const home = mkdtempSync(join(tmpdir(), 'cubby-home-'));
        t.after(() => rmSync(home, { recursive: true }));
        const environment = { ...clientEnvironment(control), CUBBY_SMALL_IMAGE: smallImage, HOME: home };
        await checkClaims(t, ['command_line.py', way], environment);
      }),
    ),
  );
});
