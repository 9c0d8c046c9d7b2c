import type { ContainerDescription, DiskUse, Usage } from '../runtimes/runtime.ts';
import type { SandboxRow } from '../sandboxes/store.ts';

/** What is known of a sandbox, from the database, the engine and the kernel. */
export interface Known {
  row: SandboxRow;
  /** Undefined: it has no container, as when it has ended. */
  container: ContainerDescription | undefined;
  /** Undefined: it uses nothing. */
  usage: Usage | undefined;
  /** As it was when it was last looked at; undefined: it has not been. */
  disk: DiskUse | undefined;
}

type Line = [label: string, value: string | number | boolean | undefined];

/** All that helps who looks for a fault, and no secret: neither token nor secret of a path, nor any variable's value. */
export function inspection({ row, container, usage, disk }: Known): string {
  const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
  const { limits } = row;
  return [
    section('Sandbox', [
      ['ID', row.id],
      ['State', row.state],
      ['Reason', row.reason],
      ['Message', row.message],
      ['Since', time(row.transitionAt)],
      ['Image', row.image],
      ['Snapshot', row.snapshotId],
      ['Profile', row.profile],
      ['Entrypoint', JSON.stringify(row.entrypoint)],
      ['Created', time(row.createdAt)],
      ['Expires', time(row.expiresAt) ?? 'when it is deleted'],
    ]),
    section('Resources', [
      ['CPU', limits.cpu === undefined ? 'no limit' : `${limits.cpu} processors`],
      ['CPU used', usage && `${usage.cpuSeconds.toFixed(2)} s`],
      ['Memory', limits.memory === undefined ? 'no limit' : mebibytes(limits.memory)],
      ['Memory used', usage && mebibytes(usage.memoryBytes)],
      ['Disk', diskOf(limits.disk, disk)],
      ['Disk used', disk?.bytes === undefined ? undefined : mebibytes(disk.bytes)],
      ['Processes', limits.pids === undefined ? 'no limit' : `at most ${limits.pids}`],
      ['Running', usage?.pids],
    ]),
    section('Container', container ? about(container) : [['State', 'none']]),
    list(
      'Network',
      container?.networks.map(({ name, addresses }) => `${name}: ${addresses.join(', ') || 'no address'}`),
    ),
    list(
      'Mounts',
      container?.mounts.map(({ path, kind, writable }) => `${path} (${kind}${writable ? '' : ', read-only'})`),
    ),
    list('Network policy', row.policy && policyLines(row.policy)),
    list(
      'Metadata',
      Object.entries(row.metadata).map(([key, value]) => `${key}=${value}`),
    ),
    list('Environment (names only)', container && namesIn(container, row)),
  ]
    .filter((text) => text !== '')
    .join('\n');
}

/** Of one that was a member of a pool, those of its claim too, which its container doesn't know. */
function namesIn({ environment }: ContainerDescription, { claim }: SandboxRow): string[] {
  return [...new Set([...environment, ...Object.keys(claim?.env ?? {})])];
}

function policyLines({ defaultAction, egress }: NonNullable<SandboxRow['policy']>): string[] {
  return [...egress.map(({ action, target }) => `${action} ${target}`), `${defaultAction} whatever else`];
}

function about(container: ContainerDescription): Line[] {
  return [
    ['ID', container.engineId.slice(0, 12)],
    ['Name', container.name],
    ['Image', container.image],
    ['OCI runtime', container.ociRuntime],
    ['Status', container.state],
    ['OOMKilled', container.outOfMemory],
    ['Exit code', container.finishedAt ? container.exitCode : undefined],
    ['Created at', container.createdAt],
    ['Started at', container.startedAt],
    ['Finished at', container.finishedAt],
    ['Error', container.error],
  ];
}

function diskOf(limit: number | undefined, disk: DiskUse | undefined): string {
  const how = { enforced: ', enforced by the engine', watched: ', watched', none: ', not kept' };
  return limit === undefined ? 'no limit' : `${mebibytes(limit)}${disk ? how[disk.enforcement] : ''}`;
}

function section(title: string, lines: Line[]): string {
  const said = lines.filter(([, value]) => value !== undefined && value !== '');
  return `${title}:\n${said.map(([label, value]) => `  ${`${label}:`.padEnd(14)} ${oneLine(value)}\n`).join('')}`;
}

function list(title: string, lines: string[] | undefined): string {
  return lines && lines.length > 0 ? `${title}:\n${lines.map((line) => `  ${oneLine(line)}\n`).join('')}` : '';
}

/** Nothing that a sandbox says can look like a line of this page. */
function oneLine(value: unknown): string {
  return String(value).replace(/[\r\n]+/g, ' | ');
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
