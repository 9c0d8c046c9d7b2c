import { join } from 'node:path';
import { boolean, choice, path } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

export const runtime = {
  doc: 'What runs the containers, and what is put into each.',
  settings: {
    type: setting({
      kind: choice(['docker', 'host']),
      default: 'docker',
      doc:
        'What runs sandboxes: a Docker engine, or host, which makes them plain processes of this machine, without any isolation, for ' +
        'development (docs/runtimes.md). When it cannot be used, the start fails: nothing else is used in its place.',
    }),
    acceptNoIsolation: setting({
      kind: boolean,
      default: false,
      doc:
        'Has to be true for type = "host": code in a sandbox can then do to this machine, and to every other sandbox, whatever this ' +
        'server can. Never where somebody else has a say in what runs.',
    }),
    pack: setting({
      kind: path,
      default: ({ checkout }) => join(checkout, '.pack/current'),
      defaultRule: '.pack/current beside package.json, where `npm run build` puts it',
      doc: 'Directory of the agent pack, which is mounted read-only into every sandbox.',
    }),
  },
} as const satisfies Section;
