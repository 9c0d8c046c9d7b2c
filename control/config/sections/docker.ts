import { subnet } from '../addresses.ts';
import { list, path, reading, seconds, size, text, wholeNumber } from '../kinds.ts';
import { optional, type Section, setting } from '../setting.ts';

const socketExpected = 'the absolute path of a unix socket of at most 107 bytes, as "/var/run/docker.sock"';

/** With or without the scheme that DOCKER_HOST has. */
const socket = reading(socketExpected, (value) => {
  if (/^(?!unix:)[a-z]+:\/\//i.test(value))
    return { expected: `${socketExpected} (engines on other machines can't share directories with this one)` };
  const file = value.replace(/^unix:\/\//i, '');
  return /^\/\P{Cc}+$/u.test(file) && Buffer.byteLength(file) <= 107 ? file : { expected: socketExpected };
});

export const docker = {
  doc: 'The Docker engine.',
  settings: {
    socket: setting({
      kind: socket,
      default: ({ env }) => env.DOCKER_HOST || '/var/run/docker.sock',
      defaultSource: ({ env }) => (env.DOCKER_HOST ? 'DOCKER_HOST' : undefined),
      defaultRule: 'what DOCKER_HOST says, else /var/run/docker.sock',
      doc: "The engine's unix socket.",
    }),
    apiTimeoutSeconds: setting({
      kind: seconds(1, 3600),
      default: 60,
      unit: 'seconds',
      doc:
        'How long one answer of the engine may take before the call fails with ENGINE_TIMEOUT. A busy engine takes seconds to ' +
        'remove a container. Pulling an image is not bound by it.',
    }),
    ociRuntime: optional({
      kind: text('the name of a runtime that the engine knows, as "runsc"', /^[\w.-]{1,100}$/),
      unset: "the engine's default, usually runc",
      example: 'runsc',
      doc:
        'OCI runtime of every sandbox that asks for no other: runc, crun, or runsc (gVisor). The start fails when the engine does ' +
        'not know it, or when it could not hold a sandbox; docs/runtimes.md says what each needs. Nothing else is used in its place.',
    }),
    allowedOciRuntimes: setting({
      kind: list(text('the name of a runtime that the engine knows, as "runsc"', /^[\w.-]{1,100}$/), 20),
      default: [],
      doc:
        'Further OCI runtimes, which a sandbox or a template may ask for by the extension cubby.runtime, as ["runsc", "crun"]. ' +
        'The engine has to know all of them. Without any, every sandbox has the usual one.',
    }),
    seccompProfile: optional({
      kind: path,
      unset: "the engine's own profile",
      example: '/etc/cubby/seccomp.json',
      doc: 'JSON file with the system calls that sandboxes may make.',
    }),
    apparmorProfile: optional({
      kind: text('the name of a loaded profile, as "docker-default"', /^[\w.:/+-]{1,200}$/),
      unset: "the engine's own profile, where AppArmor is there at all",
      example: 'docker-default',
      doc: 'AppArmor profile of every sandbox.',
    }),
    logMaxSize: setting({
      kind: size('64Ki', '10Gi'),
      default: '10Mi',
      unit: 'bytes, or with a unit',
      doc: "Size at which the engine starts a new file for an entrypoint's output. Bounds what a chatty entrypoint costs on disk.",
    }),
    logMaxFiles: setting({
      kind: wholeNumber(1, 100),
      default: 2,
      unit: 'files',
      doc: 'Files of that size kept for each sandbox. With 2, the last output is still there just after a new file was started.',
    }),
    networkSubnet: optional({
      kind: subnet,
      unset: 'the engine chooses',
      example: '172.30.0.0/16',
      doc:
        "Addresses of the network that sandboxes are put on. Set it where the engine's choice collides with addresses in use. " +
        'One address is used per running sandbox.',
    }),
    helperImage: optional({
      kind: text('an image as "name:tag"', /^[a-z0-9][\w.:/@-]{0,254}$/i),
      unset: 'this program does that work itself',
      example: 'cubby:latest',
      doc:
        "Only where this server runs in a container: image that short-lived containers on the host's network are made from, to " +
        'set the firewall rules of sandboxes. The image of this server will do.',
    }),
  },
} as const satisfies Section;
