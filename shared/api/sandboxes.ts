import { z } from 'zod';
import { KernelSettings } from './kernel-settings.ts';
import { Pagination } from './pages.ts';
import { NetworkPolicy } from './policies.ts';
import { mostVolumes, Volume } from './volumes.ts';

const withoutNul = (text: string) => !text.includes('\0');
const word = z
  .string()
  .max(128 * 1024)
  .refine(withoutNul, 'expected text without NUL bytes');
const instant = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });

const labelName = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelPrefix = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
/** Kept for the protocol's own use. */
const reservedPrefix = 'opensandbox.io';

/** True for a key that Kubernetes would take as a label: a name, or a DNS prefix, a slash and a name. */
export function isMetadataKey(key: string): boolean {
  const [first = '', second, ...more] = key.split('/');
  if (more.length > 0) return false;
  if (second === undefined) return labelName.test(first);
  return labelPrefix.test(first) && first !== reservedPrefix && labelName.test(second);
}

/** True for a value that Kubernetes would take: empty, or 63 characters like a name. */
export function isMetadataValue(value: string): boolean {
  return value === '' || labelName.test(value);
}

const idleSeconds = (what: string) =>
  z
    .int('expected whole seconds')
    .min(0, 'expected 0 or more seconds')
    .max(10 * 366 * 86_400, 'expected at most ten years in seconds')
    .nullish()
    .describe(`${what} What is left out has the server’s default.`);

/** What becomes of a sandbox that nobody uses. */
export const IdleRequest = z.object({
  freezeAfterSeconds: idleSeconds('Frozen after so long without use, memory kept; 0: never.'),
  stopAfterSeconds: idleSeconds('Stopped after so long without use, disk kept; 0: never.'),
  deleteAfterSeconds: idleSeconds('Ended after so long without use; 0: never.'),
  backgroundSeconds: idleSeconds('For so long work that nobody looks at counts as use; 0: for as long as it takes.'),
});

/** Body of POST /sandboxes. Unknown fields are ignored; known ones that can't be honoured are refused. */
export const CreateSandboxRequest = z.object({
  image: z
    .object({
      uri: z
        .string()
        .min(1)
        .max(1024)
        .regex(/^[^\s\0]+$/, 'expected an image reference'),
      auth: z.object({ username: word, password: word }).nullish(),
    })
    .nullish(),
  snapshotId: z
    .string()
    .max(256)
    .nullish()
    .describe('In place of an image. Without an entrypoint `tail -f /dev/null` runs; `env` lies over the snapshot’s.'),
  platform: z.object({ os: z.string(), arch: z.string() }).nullish(),
  timeout: z
    .int('expected whole seconds')
    .min(60, 'expected at least 60 seconds')
    .max(10 * 366 * 86_400, 'expected at most ten years in seconds')
    .nullish()
    .describe('Seconds until it ends by itself; without it, it lives until it is deleted.'),
  idle: IdleRequest.nullish(),
  maxLifetimeSeconds: z
    .int('expected whole seconds')
    .min(60, 'expected at least 60 seconds')
    .max(10 * 366 * 86_400, 'expected at most ten years in seconds')
    .nullish()
    .describe('It ends when it has existed for so long, whatever renewals say.'),
  resourceLimits: z
    .record(z.string(), z.string().max(64))
    .nullish()
    .describe(
      '`memory` as 512Mi, `cpu` as 500m, `disk` as 10Gi (0: no limit); what is left out has the server’s default.',
    ),
  env: z.record(z.string().regex(/^[^=\0]+$/, 'expected a variable name without = and NUL'), word.nullable()).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  entrypoint: z
    .array(word)
    .min(1, 'expected at least a program')
    .nullish()
    .describe('Program and arguments; without it, the image’s ENTRYPOINT and CMD.'),
  networkPolicy: NetworkPolicy.nullish(),
  credentialProxy: z.object({ enabled: z.boolean().nullish() }).nullish(),
  secureAccess: z.boolean().nullish(),
  volumes: z.array(Volume).max(mostVolumes).nullish(),
  template: z
    .string()
    .max(256)
    .nullish()
    .describe('Name of a template, or `name@version`: its values hold where the request has none of its own.'),
  profile: z
    .string()
    .max(64)
    .nullish()
    .describe('`standard` or `hardened`; the extension `cubby.profile` says the same.'),
  user: z.string().max(256).nullish().describe('Whom commands run as: a name or a number, with `:group` or without.'),
  kernels: KernelSettings.nullish(),
  templateId: z.string().nullish(),
  lifecycle: z
    .object({ preStart: z.unknown(), periodic: z.array(z.unknown()).nullish() })
    .partial()
    .nullish(),
  extensions: z
    .record(z.string(), z.string())
    .nullish()
    .describe(
      '`cubby.profile`: standard or hardened. `cubby.runtime`: name of an OCI runtime that the server allows, as runsc. `access.renew.extend.seconds`: 300 to 86400, each use puts the end off to so many seconds from then.',
    ),
});

export type CreateSandboxRequest = z.infer<typeof CreateSandboxRequest>;

export const SandboxStatus = z.object({
  state: z.string().describe('Pending, Running, Pausing, Paused, Resuming, Stopping, Terminated or Failed.'),
  reason: z.string(),
  message: z.string(),
  lastTransitionAt: instant,
});

/** A sandbox as the API shows it. Absent values are left out: some clients can't read null. */
export const Sandbox = z.object({
  id: z.string(),
  image: z.object({ uri: z.string() }).optional(),
  snapshotId: z.string().optional().describe('In place of the image, when it was made from a snapshot.'),
  template: z.object({ name: z.string(), version: z.int() }).optional().describe('The template it was made of.'),
  platform: z.object({ os: z.string(), arch: z.string() }).optional(),
  status: SandboxStatus,
  metadata: z.record(z.string(), z.string()),
  entrypoint: z.array(z.string()),
  tier: z.string().describe('What its container is, or is being made: running, frozen or stopped.'),
  disk: z
    .object({
      limitBytes: z.int().describe('What it may write beyond its image.'),
      enforcement: z
        .string()
        .optional()
        .describe(
          '`enforced` by the engine’s storage; `watched`: it is looked at now and then, and stopped when it has more; `none`: neither. Absent until it was looked at.',
        ),
      usedBytes: z.int().optional().describe('What it had when it was last looked at, where it is watched.'),
      lookedAt: instant.optional().describe('When that look began.'),
    })
    .optional()
    .describe('Absent: it has no limit of disk.'),
  expiresAt: instant.optional().describe('Absent: it has to be deleted.'),
  createdAt: instant,
});

export type Sandbox = z.infer<typeof Sandbox>;

export const SandboxList = z.object({
  items: z.array(Sandbox),
  pagination: Pagination,
});

/** A JSON merge patch (RFC 7396). */
export const PatchMetadataRequest = z
  .record(z.string(), z.string('expected text, or null to take the key away').nullable())
  .describe('New values by key; null takes a key away. What isn’t named stays.');

export const RenewRequest = z.object({
  expiresAt: z.iso.datetime({ offset: true, error: 'expected an RFC 3339 time with its zone' }),
});
export const RenewResponse = z.object({ expiresAt: instant });

/** Where a port of a sandbox is reached. `endpoint` has no scheme; `headers` go with every request there. */
export const Endpoint = z.object({
  endpoint: z.string(),
  headers: z.record(z.string(), z.string()).optional(),
});

export type Endpoint = z.infer<typeof Endpoint>;
