import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
const sources = globSync(['agent/**/*.ts', 'control/**/*.ts', 'shared/**/*.ts'], { cwd: root });

interface Import {
  from: string;
  to: string;
}

/** Every import of the sources, relative ones as paths from the root. */
const imports: Import[] = sources.flatMap((from) => {
  const text = readFileSync(join(root, from), 'utf8');
  const named = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
  return named.map((to) => ({ from, to: to.startsWith('.') ? normalize(join(dirname(from), to)) : to }));
});

/** `agent/commands` of `agent/commands/routes.ts`; undefined for a file that is in no room. */
function roomOf(path: string): string | undefined {
  const [half, room, file] = path.split('/');
  return file ? `${half}/${room}` : undefined;
}

test('rooms know each other only by the arrows that ARCHITECTURE.md names', () => {
  const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const allowed = ['agent', 'control', 'shared'].flatMap((half) => {
    const line = new RegExp(`^- ${half}: ((?:.*\\n)+?)(?=- |\\n)`, 'm').exec(page)?.[1] ?? '';
    return [...line.matchAll(/`(\S+) → (\S+)`/g)].map(([, from, to]) => `${half}/${from} → ${half}/${to}`);
  });
  const drawn = imports
    .filter(({ from, to }) => roomOf(from) && roomOf(to)?.split('/')[0] === from.split('/')[0])
    .map(({ from, to }) => `${roomOf(from)} → ${roomOf(to)}`)
    .filter((arrow) => arrow.split(' → ')[0] !== arrow.split(' → ')[1]);
  assert.deepEqual([...new Set(drawn)].sort(), [...new Set(allowed)].sort());
});

test('shared imports neither half, and the halves never import each other', () => {
  const half = (path: string) => path.split('/')[0];
  const crossing = imports.filter(
    ({ from, to }) => ['agent', 'control'].includes(half(to)!) && half(from) !== half(to),
  );
  assert.deepEqual(crossing, []);
});

test('rooms never import the files above them', () => {
  const upward = imports.filter(({ from, to }) => {
    const isEdge = /^(agent|control)\/[\w-]+\.ts$/.test(to);
    return isEdge && roomOf(from) !== undefined && roomOf(from) !== 'control/demo';
  });
  assert.deepEqual(upward, []);
});

test('only routes and apps know Fastify', () => {
  const knowing = imports.filter(
    ({ from, to }) => to === 'fastify' && !from.startsWith('shared/http/') && !/(^|[/-])(routes|app)\.ts$/.test(from),
  );
  assert.deepEqual(knowing, []);
});

test('files are small: half of them below 80 lines, none above 250', () => {
  const sizes = sources.map((path) => ({ path, lines: readFileSync(join(root, path), 'utf8').split('\n').length - 1 }));
  sizes.sort((a, b) => a.lines - b.lines);
  assert.ok(sizes[Math.floor(sizes.length / 2)]!.lines <= 80);
  assert.deepEqual(
    sizes.filter(({ lines }) => lines > 250),
    [],
  );
});

test('names say what is inside', () => {
  const empty = sources.filter((path) =>
    /(^|\/)(utils?|helpers?|common|misc|manager|service|handler|types|base)(\.ts$|\/)/.test(path),
  );
  // One file is called after what the engine's documentation and ours call a helper container.
  assert.deepEqual(empty, []);
});
