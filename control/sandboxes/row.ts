import type { Claim } from '../../shared/api/claims.ts';
import type { Limits, Policy, Profile } from '../runtimes/runtime.ts';
import type { VolumeRecord } from '../volumes/volume.ts';
import type { Reason, State } from './states.ts';
import type { TemplateOrigin } from './templated.ts';
import type { IdleTimes, Tier } from './tiers.ts';

/** One sandbox as the database has it. Times are ms since the epoch. */
export interface SandboxRow {
  id: string;
  state: State;
  reason: Reason;
  message: string;
  transitionAt: number;
  image: string;
  platform: { os: string; arch: string } | undefined;
  entrypoint: string[];
  metadata: Record<string, string>;
  profile: Profile;
  limits: Limits;
  token: string;
  portSecret: string;
  /** Opens the policy, and nothing else. */
  egressSecret: string;
  /** What it may reach; undefined: it never got a policy. */
  policy: Policy | undefined;
  /** Of one that was a member of a pool: what it was told when it was claimed, beside its entrypoint. */
  claim: Omit<Claim, 'entrypoint'> | undefined;
  /** The pool that it was claimed from; undefined: it was made for whoever asked. */
  pool: string | undefined;
  /** What is mounted into it. */
  volumes: VolumeRecord[];
  /** The snapshot it was made from. */
  snapshotId: string | undefined;
  /** The template it was made of. */
  template: TemplateOrigin | undefined;
  createdAt: number;
  expiresAt: number | undefined;
  dueAt: number | undefined;
  /** Each touch puts its end off to so many seconds from then. */
  renewSeconds: number | undefined;
  startedAt: string;
  /** What becomes of it when nobody uses it; undefined: nothing. */
  idle: IdleTimes | undefined;
  /** What its container is, or is being made. */
  tier: Tier;
  /** Of one that idleness has put, or is putting, to sleep: since when nobody uses it. */
  idleSince: number | undefined;
  /** It ends then, whatever renewals say. */
  livesUntil: number | undefined;
  /** 1 while it is frozen for a moment without being paused. */
  frozen: 0 | 1;
  /** Of an ended one: the last output of its entrypoint. */
  lastWords: string;
  /** 1 where there was more of it, further back. */
  lastWordsCut: 0 | 1;
}

/** A row as SQLite takes and gives it. */
export type Columns = Record<string, string | number | null>;

/** Every column, as the fields of a row are called. */
export const columns = [
  'id',
  'state',
  'reason',
  'message',
  'transition_at',
  'image',
  'platform',
  'entrypoint',
  'metadata',
  'profile',
  'limits',
  'token',
  'port_secret',
  'egress_secret',
  'policy',
  'created_at',
  'expires_at',
  'due_at',
  'renew_seconds',
  'started_at',
  'last_words',
  'last_words_cut',
  'snapshot_id',
  'template',
  'frozen',
  'volumes',
  'idle',
  'tier',
  'idle_since',
  'lives_until',
  'claim',
  'pool',
];

const json = new Set([
  'template',
  'platform',
  'entrypoint',
  'metadata',
  'limits',
  'policy',
  'volumes',
  'idle',
  'claim',
]);

/** What is to be written of a row. */
export function toColumns(row: Partial<SandboxRow>): Columns {
  return Object.fromEntries(
    Object.entries(row).map(([field, value]) => {
      const column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return [
        column,
        value === undefined ? null : json.has(column) ? JSON.stringify(value) : (value as string | number),
      ];
    }),
  );
}

/** Worked out once, as every request into a sandbox reads a row. */
const fieldOf = new Map(
  columns.map((column) => [column, column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())]),
);

/** A row that was read. */
export function fromColumns(found: Columns): SandboxRow {
  const fields = Object.entries(found).map(([column, value]) => {
    const field = fieldOf.get(column) ?? column;
    if (value === null) return [field, undefined];
    return [field, json.has(column) ? JSON.parse(value as string) : value];
  });
  return Object.fromEntries(fields) as SandboxRow;
}
