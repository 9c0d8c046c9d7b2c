import { path } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';
import { stateDirectory } from '../surroundings.ts';

export const store = {
  doc: 'What must survive a restart.',
  settings: {
    path: setting({
      kind: path,
      default: stateDirectory,
      defaultRule:
        '$XDG_STATE_HOME/cubby where that is set, else /var/lib/cubby for root and ~/.local/state/cubby for others',
      flag: 'store',
      doc:
        'Directory of the database and of the API key that was made here. Two servers on one engine each need their own; a ' +
        "sandbox belongs to the store that made it, and another store's server never touches it.",
    }),
  },
} as const satisfies Section;
