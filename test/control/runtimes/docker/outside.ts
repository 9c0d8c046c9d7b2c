import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { succeed } from './lab.ts';

/** A machine beyond this one: a network namespace with public and closed addresses, and a server at all of them. */
export interface Outside {
  /** An address that nothing closes. */
  public: string;
  public6: string;
  /** More addresses that nothing closes. */
  others: string[];
  /** Addresses that exist and are routed to, and that no sandbox may reach. */
  closed: string[];
  port: number;
  /** Port of a server that sends a line again and again, until the connection ends; by UDP, to whoever has sent something. */
  ticking: number;
  close(): Promise<void>;
}

/** Listens everywhere, at the ports of servers of names too, and says where. */
const server = `
const net = require('node:net');
const dgram = require('node:dgram');
const { once } = require('node:events');
const answer = (socket) => socket.on('error', () => {}).end('outside');
const tick = (socket) => {
  const timer = setInterval(() => socket.write('tick\\n'), 20);
  socket.on('error', () => {}).on('close', () => clearInterval(timer)).resume();
};
// Whatever is asked, the answer is 11.99.99.99.
const resolve = (message, { port, address }) => {
  const reply = Buffer.concat([message, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 11, 99, 99, 99])]);
  reply.writeUInt16BE(0x8180, 2);
  reply.writeUInt16BE(1, 6);
  names.send(reply, port, address);
};
const names = dgram.createSocket('udp4', resolve);
const datagrams = dgram.createSocket('udp4', (_, { port, address }) => {
  setInterval(() => datagrams.send('tick', port, address, () => {}), 20);
});
(async () => {
  const servers = [net.createServer(answer), net.createServer(tick), net.createServer(answer), net.createServer(answer)];
  const ports = [0, 0, 53, 853];
  for (const [n, one] of servers.entries()) {
    one.listen(ports[n]);
    await once(one, 'listening');
  }
  const ticking = servers[1].address().port;
  for (const [socket, port] of [[names, 53], [datagrams, ticking]]) {
    socket.bind(port, '0.0.0.0');
    await once(socket, 'listening');
  }
  console.log(JSON.stringify({ port: servers[0].address().port, ticking }));
})();
`;

/** Closed addresses that are the same everywhere, which metadata is served at. */
const wellKnown = ['100.100.100.200', '168.63.129.16', '169.254.169.254'];

/**
 * Makes one. Interfaces and routes end with the namespace, and it with its process. `wellKnown`: this machine is led there for
 * addresses that are the same for every outside too; one test file at a time may ask for that.
 */
export async function openOutside(options: { wellKnown?: boolean } = {}): Promise<Outside> {
  const child = spawn('unshare', ['--net', process.execPath, '-e', server], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const [a, b] = [randomInt(1, 250), randomInt(1, 250)];
  // 11.0.0.0/8 is public, and not announced to anybody who could be reached from here.
  const near = `11.${a}.${b}.1`;
  const far = `11.${a}.${b}.2`;
  const [near6, far6] = [`2a11:${a}:${b}:2::1`, `2a11:${a}:${b}:2::2`];
  const closed = [`10.${a}.${b}.9`, `100.64.${a}.9`, ...wellKnown, `172.31.${a}.9`];
  closed.push(`192.168.${a}.9`, `198.18.${a}.9`, `203.0.113.${b}`);
  const others = [65, 66, 67, 68].map((last) => `11.${a}.${b}.${last}`);
  const [host, peer] = [`cbt${a}x${b}h`, `cbt${a}x${b}p`];
  const inside = ['--net', '-t', String(child.pid), 'ip'];
  await succeed('ip', ['link', 'add', host, 'type', 'veth', 'peer', 'name', peer, 'netns', String(child.pid)]);
  await succeed('ip', ['addr', 'add', `${near}/30`, 'dev', host]);
  await succeed('ip', ['link', 'set', host, 'up']);
  for (const address of [`${far}/30`, ...[...closed, ...others].map((one) => `${one}/32`)]) {
    await succeed('nsenter', [...inside, 'addr', 'add', address, 'dev', peer]);
  }
  await succeed('nsenter', [...inside, 'link', 'set', peer, 'up']);
  await succeed('nsenter', [...inside, 'route', 'add', 'default', 'via', near]);
  await succeed('ip', ['addr', 'add', `${near6}/64`, 'dev', host, 'nodad']);
  await succeed('nsenter', [...inside, 'addr', 'add', `${far6}/64`, 'dev', peer, 'nodad']);
  await succeed('nsenter', [...inside, 'route', 'add', 'default', 'via', near6]);
  const routed = options.wellKnown ? closed : closed.filter((address) => !wellKnown.includes(address));
  for (const address of [...routed, ...others])
    await succeed('ip', ['route', 'replace', `${address}/32`, 'via', far, 'dev', host]);
  return {
    public: far,
    public6: far6,
    others,
    closed,
    ...(JSON.parse(line.toString()) as { port: number; ticking: number }),
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A server on this machine, at all of its addresses. */
export async function listenHere(): Promise<{ port: number; close(): Promise<void> }> {
  const here = createServer((socket) => socket.on('error', () => {}).end('here'));
  here.listen(0, '0.0.0.0');
  await once(here, 'listening');
  return {
    port: (here.address() as { port: number }).port,
    close: () => new Promise((done) => here.close(() => done())),
  };
}

/** One address of this machine's that isn't the loopback one. */
export function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '';
}
