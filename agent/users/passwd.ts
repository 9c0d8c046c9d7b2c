import { readFileSync } from 'node:fs';

/** Whose rights something is done with. */
export interface Caller {
  /** Login name, or the number where /etc/passwd has none. */
  name: string;
  uid: number;
  gid: number;
  /** Supplementary groups, the primary one first, as engines give them. */
  groups: number[];
  home: string;
  shell: string;
}

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
  shell: string;
}

interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

/**
 * Finds a user as the engine resolves USER: `name`, `uid`, `name:group`, `uid:gid`; empty is root. A number that /etc/passwd
 * does not know is fine, a name that it does not know is not: then undefined.
 */
export function resolveUser(spec: string): Caller | undefined {
  const [userPart = '', groupPart] = spec.split(':', 2);
  const entry = findUser(readUsers(), userPart || '0');
  if (!entry) return undefined;
  const groups = readGroups();
  if (groupPart) {
    const group = findGroup(groups, groupPart);
    if (group === undefined) return undefined;
    // As the engine does: a group that was named takes the place of the user's own, supplementary ones included.
    return { ...entry, gid: group, groups: [group] };
  }
  return { ...entry, groups: groupsOf(entry, groups) };
}

/** The user with this number, with the groups that /etc/group gives. `gid` takes the place of the primary group. */
export function callerOf(uid: number, gid?: number): Caller {
  // By number alone: a user may be called 1000 and be another one.
  const entry = withUid(readUsers(), uid);
  return gid === undefined ? { ...entry, groups: groupsOf(entry, readGroups()) } : { ...entry, gid, groups: [gid] };
}

/** Number of a user given by name or number; undefined when there is none of that name. */
export function uidOf(name: string): number | undefined {
  return findUser(readUsers(), name)?.uid;
}

/** Number of a group given by name or number; undefined when there is none of that name. */
export function gidOf(name: string): number | undefined {
  return findGroup(readGroups(), name);
}

/** Names of users and groups by number, read once for a whole listing. */
export function readNames(): { user(uid: number): string; group(gid: number): string } {
  const users = new Map(readUsers().map((user) => [user.uid, user.name]));
  const groups = new Map(readGroups().map((group) => [group.gid, group.name]));
  return { user: (uid) => users.get(uid) ?? String(uid), group: (gid) => groups.get(gid) ?? String(gid) };
}

function findUser(users: PasswdEntry[], wanted: string): PasswdEntry | undefined {
  const named = users.find((user) => user.name === wanted);
  if (named || !isId(wanted)) return named;
  return withUid(users, Number(wanted));
}

function withUid(users: PasswdEntry[], uid: number): PasswdEntry {
  return users.find((user) => user.uid === uid) ?? { name: String(uid), uid, gid: 0, home: '/', shell: '' };
}

/**
 * The primary group is among them, since a process could otherwise give it up and so pass a mode that keeps its group out
 * (CVE-2022-36109; engines do the same since).
 */
function groupsOf({ name, gid }: PasswdEntry, groups: GroupEntry[]): number[] {
  const memberships = groups.filter((group) => group.members.includes(name)).map((group) => group.gid);
  return [...new Set([gid, ...memberships])];
}

function findGroup(groups: GroupEntry[], wanted: string): number | undefined {
  return groups.find((group) => group.name === wanted)?.gid ?? (isId(wanted) ? Number(wanted) : undefined);
}

/** Linux ids are 32 bits, and the highest means "unchanged". */
function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 0xffff_ffff;
}

function readUsers(): PasswdEntry[] {
  return readTable('/etc/passwd').flatMap(([name, , uid, gid, , home, shell]) =>
    name && uid && gid && isId(uid) && isId(gid)
      ? [{ name, uid: Number(uid), gid: Number(gid), home: home || '/', shell: shell ?? '' }]
      : [],
  );
}

function readGroups(): GroupEntry[] {
  return readTable('/etc/group').flatMap(([name, , gid, members]) =>
    name && gid && isId(gid) ? [{ name, gid: Number(gid), members: members ? members.split(',') : [] }] : [],
  );
}

/** An image may have no such file at all: then there are no names, and numbers still work. */
function readTable(path: string): string[][] {
  try {
    return (
      readFileSync(path, 'utf8')
        .split('\n')
        // Neither an environment nor a line to init can hold a NUL.
        .filter((line) => line && !line.startsWith('#') && !line.includes('\0'))
        .map((line) => line.split(':'))
    );
  } catch {
    return [];
  }
}
