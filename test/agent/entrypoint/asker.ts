/** Asks init on descriptor 3 what standard input says, a number and a question on each line, and prints the answers with their numbers. */
import { createInterface } from 'node:readline';
import { Entrypoint } from '../../../agent/entrypoint/entrypoint.ts';
import { callerOf } from '../../../agent/users/passwd.ts';

const entrypoint = new Entrypoint(true);

createInterface({ input: process.stdin }).on('line', async (line) => {
  const [number, question, home] = line.split(' ');
  const asked =
    question === 'pid' ? entrypoint.pid() : entrypoint.start({ ...callerOf(1000, 1000), home: home ?? '/' });
  const answer = await asked.catch((error: { code: string }) => error.code);
  process.stdout.write(`${number} ${answer}\n`);
});
