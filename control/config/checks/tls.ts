import { createSecureContext } from 'node:tls';
import type { Check } from '../check.ts';

/** That HTTPS can be served: both files are there, readable, and belong to each other. */
export const tls: readonly Check[] = [
  {
    about: ['server.tls_certificate', 'server.tls_key'],
    find: ({ server: { tlsCertificate, tlsKey } }, { read }) => {
      if (tlsCertificate === undefined && tlsKey === undefined) return undefined;
      if (tlsCertificate === undefined) return 'expected both or none, found a key without its certificate';
      if (tlsKey === undefined) return 'expected both or none, found a certificate without its key';
      const cert = read(tlsCertificate);
      const key = read(tlsKey);
      if (typeof cert === 'string') return `expected a file that can be read, found ${cert} for ${tlsCertificate}`;
      if (typeof key === 'string') return `expected a file that can be read, found ${key} for ${tlsKey}`;
      return mismatch(Buffer.from(cert), Buffer.from(key));
    },
  },
];

function mismatch(cert: Buffer, key: Buffer): string | undefined {
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return `expected a certificate and its private key in PEM form, found: ${(error as Error).message}`;
  }
}
