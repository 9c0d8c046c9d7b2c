import { type SandboxDisk, serve } from './sandbox.ts';

/** An agent that can be killed: serves the disk that its argument describes, and says where. SIGTERM closes it as it should be. */
const { app, address } = await serve(JSON.parse(process.argv[2]!) as SandboxDisk);
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.stdout.write(`${address}\n`);
