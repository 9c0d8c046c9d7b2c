import { boolean, list, text } from '../kinds.ts';
import { type Section, setting } from '../setting.ts';

const directory = text('an absolute path without ".." in it, as "/srv/cubby"', /^\/(?!(.*\/)?\.\.(\/|$))/);
const volume = text(
  'the name of a volume, or the beginning of names with a * at its end, as "datasets" or "team-*"',
  /^[a-z0-9]([-a-z0-9]{0,252}\*?)$/,
);

export const storage = {
  doc: 'What of this host and of the engine may be mounted into sandboxes. See docs/volumes.md.',
  settings: {
    allowedHostPaths: setting({
      kind: list(directory),
      default: [],
      doc:
        'Directories of this host, as ["/srv/users"]: they and what is below them can be mounted. Empty: none can. Whoever ' +
        'holds the API key can read and write there as root, so name no more than is meant for sandboxes.',
    }),
    allowedVolumes: setting({
      kind: list(volume),
      default: [],
      doc:
        'Named volumes of the engine that this server did not make and that sandboxes may use all the same, as ["datasets", ' +
        '"team-*"]. Volumes of other Cubby servers stay closed whatever is listed.',
    }),
    uncheckedMounts: setting({
      kind: boolean,
      default: false,
      doc:
        'true: host directories and sub-paths are mounted even where this server cannot look at what was mounted, as from a ' +
        'container without pid: host or under gVisor. A sandbox that writes beside such a directory can then exchange it for a ' +
        'link to anywhere.',
    }),
  },
} as const satisfies Section;
