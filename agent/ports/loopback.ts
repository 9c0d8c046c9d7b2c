import type { Socket } from 'node:net';
import { PatientSocket } from '../../shared/http/patient-socket.ts';

/**
 * Connects to a program in the sandbox: over IPv4, and over IPv6 where nothing listens there, as development servers do that
 * resolve `localhost` to ::1. @throws the reason, as node:net has it
 */
export async function connectLoopback(port: number): Promise<Socket> {
  try {
    return await connecting(port, '127.0.0.1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    return await connecting(port, '::1').catch(() => {
      throw error;
    });
  }
}

function connecting(port: number, host: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // Half open, so that what a program says after the other side's last byte still arrives.
    const socket = new PatientSocket({ allowHalfOpen: true });
    socket.setNoDelay().connect({ port, host });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      // Where nobody listens, the kernel may pick this very port as the near end, and the connection is one with itself.
      if (socket.localPort !== port) return resolve(socket);
      socket.destroy();
      reject(Object.assign(new Error(`connect ECONNREFUSED ${host}:${port}`), { code: 'ECONNREFUSED' }));
    });
  });
}
