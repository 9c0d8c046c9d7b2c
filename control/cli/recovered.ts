import type { FoundSandbox as Sandbox, FoundStore as Store } from './edge.ts';

/** What stores have left on the engine, as `recover` lists it: what is somebody's first, then what only stood by. */
export function listing(stores: Store[]): string {
  return stores.length === 0 ? 'there is nothing of Cubby on this engine\n' : stores.map(storeLines).join('');
}

function storeLines({ id, own, sandboxes, snapshots }: Store): string {
  const standing = sandboxes.filter(stoodBy);
  const unknown = sandboxes.filter(isUnknown);
  const theirs = sandboxes.filter((sandbox) => !stoodBy(sandbox) && !isUnknown(sandbox));
  const counts = [
    `${theirs.length} sandboxes`,
    ...(unknown.length > 0 ? [`${unknown.length} of pools that don’t say whether they were given to somebody`] : []),
    ...(standing.length > 0 ? [`${standing.length} that stood by`] : []),
    `${snapshots.length} snapshots`,
  ];
  const lines = [
    ...theirs.map((sandbox) => line(sandbox, 'given to somebody by')),
    ...unknown.map((sandbox) => line(sandbox, 'started for')),
    ...standing.map((sandbox) => line(sandbox, 'stood by for')),
    ...snapshots.map((snapshot) => `  ${snapshot.id}  snapshot  ${snapshot.createdAt.toISOString()}\n`),
  ];
  return `store ${id}${own ? ' (of this database)' : ''}: ${counts.join(', ')}\n${lines.join('')}`;
}

function stoodBy({ pool, claimed }: Sandbox): boolean {
  return pool !== undefined && claimed === false;
}

function isUnknown({ pool, claimed }: Sandbox): boolean {
  return pool !== undefined && claimed === undefined;
}

function line({ id, state, createdAt, image, pool }: Sandbox, relation: string): string {
  const about = pool === undefined ? '' : `  (${relation} the pool ${pool})`;
  return `  ${id}  ${state.padEnd(8)}  ${createdAt.toISOString()}  ${image}${about}\n`;
}
