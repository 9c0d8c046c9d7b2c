/** A process followed where the system has no watch to give: run by processes.test.ts in a user namespace like that. */
import { watch } from 'node:fs';
import { makeSpool, outputOf } from './spool.ts';

const ends: (() => unknown)[] = [];
// Following keeps no program alive; here nothing else does.
const alive = setInterval(() => {}, 1000);
const { launch } = makeSpool({ after: (end) => void ends.push(end as () => unknown) });
const started = await launch('echo first; sleep 0.05; echo second; exit 7');
const output = await outputOf(started);
const { code } = await started.ended;
process.stdout.write(JSON.stringify({ watches: watchError(), output, code }));
for (const end of ends) await end();
clearInterval(alive);

function watchError(): string {
  try {
    watch(import.meta.filename).close();
    return 'there are some';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code!;
  }
}
