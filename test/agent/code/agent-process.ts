import { type SandboxDisk, serve } from './sandbox.ts';

/** An agent that can be killed: serves the disk that its argument describes, and says where. */
const { address } = await serve(JSON.parse(process.argv[2]!) as SandboxDisk);
process.stdout.write(`${address}\n`);
