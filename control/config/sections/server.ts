import { listenAddress, publicAddress } from '../addresses.ts';
import { list, path, text, wholeNumber } from '../kinds.ts';
import { optional, type Section, setting } from '../setting.ts';

/** A comma would end the key in an environment variable, and a space in a header. */
const key = text('16 to 512 visible ASCII characters without a comma', /^[!-+\--~]{16,512}$/);

export const server = {
  doc: 'Where this server listens, and who may use it.',
  settings: {
    host: setting({
      kind: listenAddress,
      default: '127.0.0.1',
      flag: 'host',
      doc:
        'Address to listen on. The default is reachable from this machine only: whoever may create sandboxes may run any ' +
        'program, so any other address needs an API key of yours.',
    }),
    port: setting({
      kind: wholeNumber(0, 65535),
      default: 8080,
      flag: 'port',
      doc: 'Port to listen on. 0 takes any free one, and the log says which.',
    }),
    publicHost: optional({
      kind: publicAddress,
      unset: 'endpoints name the host that the request itself was sent to',
      example: 'cubby.example.com',
      flag: 'public-host',
      doc:
        'Host, or host:port, that endpoints of sandboxes are given out with. Needed where clients come through a proxy that ' +
        'does not pass the Host header on.',
    }),
    apiKey: setting({
      kind: list(key, 100),
      default: [],
      secret: true,
      doc:
        'Key that clients send in the header OPEN-SANDBOX-API-KEY; a list of keys while an old one is being replaced. ' +
        'Without any, a key is made at the first start and kept in the file api-key in the store, and only a loopback ' +
        'address is listened on. CUBBY_SERVER_API_KEY and api_key_file keep it out of this file and of the list of processes.',
    }),
    apiKeyFile: optional({
      kind: path,
      unset: 'no file is read',
      example: '/run/secrets/cubby-api-key',
      flag: 'api-key-file',
      doc: 'File with the API keys, one a line; empty lines and those that start with # do not count. Takes the place of api_key.',
    }),
    metricsKey: optional({
      kind: key,
      unset: '/metrics asks for the API key',
      example: 'a-long-random-text-for-prometheus',
      secret: true,
      doc:
        'Bearer token that opens /metrics and nothing else, so that the monitoring need not be able to run programs. The API ' +
        'key still opens /metrics too.',
    }),
    tlsCertificate: optional({
      kind: path,
      unset: 'plain HTTP',
      example: '/etc/cubby/tls.crt',
      flag: 'tls-certificate',
      doc: 'Certificate in PEM form, followed by those between it and the root. Needs tls_key.',
    }),
    tlsKey: optional({
      kind: path,
      unset: 'plain HTTP',
      example: '/etc/cubby/tls.key',
      flag: 'tls-key',
      doc: 'Private key of the certificate in PEM form, without a pass phrase. Needs tls_certificate.',
    }),
    maxSandboxTimeoutSeconds: optional({
      kind: wholeNumber(60, 315_360_000),
      unset: 'no limit',
      example: 86400,
      unit: 'seconds',
      doc:
        'Longest time to live that a sandbox may ask for, and that a renewal may add; one that names none gets this much. ' +
        '60 is the shortest that clients can ask for.',
    }),
  },
} as const satisfies Section;
