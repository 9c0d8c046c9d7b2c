import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Where one command of a test waits, once, with `read _ <FIFO`, until the test lets it go on. */
export class Gate {
  readonly fifo: string;

  constructor(t: TestContext) {
    const dir = mkdtempSync(join(tmpdir(), 'cubby-gate-'));
    t.after(() => rmSync(dir, { recursive: true }));
    this.fifo = join(dir, 'gate');
    execFileSync('mkfifo', [this.fifo]);
  }

  /** Waits for the command to come here, and lets it pass. */
  open(): void {
    const fd = openSync(this.fifo, 'w');
    writeSync(fd, '\n');
    closeSync(fd);
  }
}
