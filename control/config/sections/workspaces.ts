import { list, path, reading, text, wholeNumber } from '../kinds.ts';
import { optional, type Section, setting } from '../setting.ts';

/** A host application that signs its requests, and what it signs them with. */
export interface Issuer {
  issuer: string;
  secret: string;
}

/** As a key's issuer, which control/workspaces knows too, and a secret as an API key is one, but longer. */
const issuerShape = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):([!-+\--~]{32,512})$/;

const expected =
  'issuer:secret, the issuer of 1 to 63 lower-case letters, digits and hyphens, the secret of 32 to 512 visible ASCII characters without a comma';

const issuer = reading<Issuer>(expected, (value) => {
  const [, name, secret] = issuerShape.exec(value) ?? [];
  return name && secret ? { issuer: name, secret } : { expected };
});

export const workspaces = {
  doc: 'Workspaces: one sandbox for each key of a host application’s. One that signs its requests needs no API key, and reaches keys of its own only.',
  settings: {
    issuers: setting({
      kind: list(issuer),
      default: [],
      secret: true,
      doc:
        'Host applications and their secrets, as ["app:a-long-random-secret"]. The same issuer twice while an old secret is being ' +
        'replaced. `openssl rand -base64 32` makes a secret. CUBBY_WORKSPACES_ISSUERS and issuers_file keep them out of this file.',
    }),
    issuersFile: optional({
      kind: path,
      unset: 'no file is read',
      example: '/run/secrets/cubby-issuers',
      doc: 'File with issuer:secret, one a line; empty lines and those that start with # do not count. Takes the place of issuers.',
    }),
    template: optional({
      kind: text(
        'the name of a template, with @ and a version or without',
        /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:@[1-9]\d{0,8})?$/,
      ),
      unset: 'the first request of a key has to say what its sandbox is made of',
      example: 'everyone',
      doc: 'Template of workspaces of which nobody has said what they are made of: a call of a tool then makes the workspace, without a PUT before it.',
    }),
    clockSkewSeconds: setting({
      kind: wholeNumber(1, 900),
      default: 300,
      unit: 'seconds',
      doc: 'How far the time in a signed request may be from this machine’s. What was signed is remembered for as long, so that it is good for one request.',
    }),
  },
} as const satisfies Section;
