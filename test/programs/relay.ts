/**
 * Stands where the agent stands under `init boot`, and does what a test says: it connects to the socket named by TEST_SOCKET,
 * says in one line of JSON what it was started with, and from then on passes bytes between that socket and descriptor 3.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { connect, Socket } from 'node:net';

// Before Node opens more: what was inherited are the lowest numbers without a gap.
const inherited = readdirSync('/proc/self/fd').filter((fd) => /^(\/dev|\/|socket:|pipe:)/.test(target(fd)));
const test = connect(process.env.TEST_SOCKET!);
const init = new Socket({ fd: 3, readable: true, writable: true });
test.write(
  `${JSON.stringify({ pid: process.pid, argv: process.argv.slice(2), env: process.env, cwd: process.cwd(), stdin: target('0'), inherited })}\n`,
);
test.pipe(init);
init.pipe(test);
test.on('close', () => process.exit());

function target(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
