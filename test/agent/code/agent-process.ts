import { type SandboxDisk, type SandboxOptions, serve } from './sandbox.ts';

/** An agent that can be killed: serves the disk that its argument describes, with options, and says where. SIGTERM closes it as it should be. */
const [disk, options] = JSON.parse(process.argv[2]!) as [SandboxDisk, SandboxOptions];
const { app, address } = await serve(disk, options);
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.stdout.write(`${address}\n`);
