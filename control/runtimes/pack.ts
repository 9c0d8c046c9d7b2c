import { accessSync, constants, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError } from '../../shared/api/errors.ts';

/** What every sandbox starts with: init, and the agent that init starts. */
const needed: [path: string, mode: number][] = [
  ['init', constants.X_OK],
  ['bin/node', constants.X_OK],
  ['lib', constants.R_OK],
  ['agent.cjs', constants.R_OK],
];

/**
 * The directory of the agent pack, links resolved: a later build is another directory, and sandboxes keep the one that they
 * were made with. A pack that isn't whole is found here, and not by the first sandbox.
 * @throws ApiError `DOCKER::INITIALIZATION_ERROR`; an Error of the system's when there is no such directory
 */
export function packAt(path: string): string {
  const pack = realpathSync(path);
  for (const [name, mode] of needed) {
    try {
      accessSync(join(pack, name), mode);
    } catch (cause) {
      const message = `runtime.pack: expected the agent pack, found none in ${path}, where ${name} is missing or can’t be used; \`npm run build\` makes it`;
      throw new ApiError('DOCKER::INITIALIZATION_ERROR', message, { cause });
    }
  }
  return pack;
}
