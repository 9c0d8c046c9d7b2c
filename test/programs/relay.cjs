/**
 * Stands where the agent stands under `init boot` and does what a test says: it connects to the socket named by TEST_SOCKET,
 * says in one line of JSON how it was started, and from then on passes bytes between that socket and descriptor 3.
 */
const { readdirSync, readlinkSync } = require('node:fs');
const { connect, Socket } = require('node:net');

const test = connect(process.env.TEST_SOCKET);
const init = new Socket({ fd: 3, readable: true, writable: true });
test.write(`${JSON.stringify({ pid: process.pid, env: process.env, cwd: process.cwd(), open: open() })}\n`);
test.pipe(init);
init.pipe(test);
test.on('close', () => process.exit());

function open() {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // The one that was open for this look.
    }
  });
}
