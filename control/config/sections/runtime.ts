import { join } from 'node:path';
import { choice, path } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

export const runtime = {
  doc: 'What runs the containers, and what is put into each.',
  settings: {
    type: setting({
      kind: choice(['docker']),
      default: 'docker',
      doc: 'Kind of engine. When it cannot be reached, the start fails: nothing else is used in its place.',
    }),
    pack: setting({
      kind: path,
      default: ({ checkout }) => join(checkout, '.pack/current'),
      defaultRule: '.pack/current beside package.json, where `npm run build` puts it',
      doc: 'Directory of the agent pack, which is mounted read-only into every sandbox.',
    }),
  },
} as const satisfies Section;
