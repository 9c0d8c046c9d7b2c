import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Caller } from '../../users/passwd.ts';
import { withRights } from '../../users/rights.ts';
import { freePorts } from './free-ports.ts';

export type Transport = 'ipc' | 'tcp';
export type SocketName = 'shell' | 'iopub' | 'stdin' | 'control';

/** What a kernel and its client have to agree on: https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files */
export interface Connection {
  transport: Transport;
  /** For ipc the path that the sockets' names start with. */
  ip: string;
  /** For ipc the numbers that they end with. */
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
  signature_scheme: 'hmac-sha256';
  key: string;
}

/** Where one of the sockets is, as ZeroMQ writes it. */
export function endpoint(connection: Connection, channel: SocketName): string {
  const port = connection[`${channel}_port`];
  return connection.transport === 'ipc' ? `ipc://${connection.ip}-${port}` : `tcp://${connection.ip}:${port}`;
}

/** A fresh connection; for ipc its sockets lie in `dir`, whose path has to be short (a socket's takes at most 107 bytes). */
export async function newConnection(transport: Transport, dir: string): Promise<Connection> {
  const [shell, iopub, stdin, control, hb] = transport === 'ipc' ? [1, 2, 3, 4, 5] : await freePorts(5);
  return {
    transport,
    ip: transport === 'ipc' ? join(dir, 's') : '127.0.0.1',
    shell_port: shell!,
    iopub_port: iopub!,
    stdin_port: stdin!,
    control_port: control!,
    hb_port: hb!,
    signature_scheme: 'hmac-sha256',
    key: randomBytes(32).toString('hex'),
  };
}

/** Makes `dir`, which nobody but the caller may enter, with the connection file in it. Returns the file's path. */
export function writeConnection(connection: Connection, dir: string, caller: Caller): string {
  const file = join(dir, 'connection.json');
  mkdirSync(dir, { mode: 0o700 });
  chmodSync(dir, 0o700);
  writeFileSync(file, JSON.stringify(connection), { mode: 0o600, flag: 'wx' });
  if (process.geteuid?.() === 0) {
    // The directory last: from then on the caller may put anything in place of the file.
    chownSync(file, caller.uid, caller.gid);
    chownSync(dir, caller.uid, caller.gid);
  }
  return file;
}

/** Empties the directory with the caller's rights: a link that was planted there leads nowhere the caller couldn't go. */
export function clearConnection(dir: string, caller: Caller): void {
  withRights(caller, () => {
    try {
      for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true, force: true });
    } catch {
      // What can't be emptied so is left to whoever removes the directory.
    }
  });
}
