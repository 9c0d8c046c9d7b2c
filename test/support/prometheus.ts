import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const cache = join(import.meta.dirname, '../../node_modules/.cache');
const unpacked = join(cache, 'prometheus');

/** Prometheus' own programs, as Debian and Ubuntu package them. */
export interface Prometheus {
  prometheus: string;
  promtool: string;
}

/** Downloads the package where that wasn't done yet and unpacks it, without installing anything: no service, no user, no files elsewhere. */
export function fetchPrometheus(): Prometheus {
  if (!existsSync(unpacked)) {
    mkdirSync(cache, { recursive: true });
    const draft = mkdtempSync(join(cache, 'prometheus-'));
    try {
      download(draft);
      const [deb] = readdirSync(draft).filter((name) => name.endsWith('.deb'));
      execFileSync('dpkg-deb', ['--extract', join(draft, deb!), join(draft, 'root')]);
      // Whole or not at all: a test that is ended in the middle leaves nothing that looks whole.
      if (!existsSync(unpacked)) renameSync(join(draft, 'root'), unpacked);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  return { prometheus: join(unpacked, 'usr/bin/prometheus'), promtool: join(unpacked, 'usr/bin/promtool') };
}

function download(dir: string): void {
  // Who downloads as root to a directory of root's own is warned of that on standard error.
  const get = () => execFileSync('apt-get', ['-qq', 'download', 'prometheus'], { cwd: dir, stdio: 'pipe' });
  try {
    get();
  } catch {
    // A fresh machine has no lists of packages, and an old one lists of versions that are gone.
    execFileSync('apt-get', ['-qq', 'update'], { stdio: 'pipe' });
    get();
  }
}
