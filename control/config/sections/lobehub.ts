import { list, path, reading, text } from '../kinds.ts';
import { optional, type Section, setting } from '../setting.ts';

/** A LobeHub whose users have workspaces here, and what it signs its tokens with. */
export interface SigningKey {
  /** What the workspaces' keys begin with. */
  issuer: string;
  /** What its tokens name as their issuer. */
  iss: string;
  key: string;
}

/** As a key's issuer, which control/workspaces knows too; then what tokens say, a URL as a rule; then a secret as issuers have one. */
const shape = /^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?: +([!-+\--~]{1,500}))? +([!-+\--~]{32,512})$/;

const expected =
  'an issuer of 1 to 63 lower-case letters, digits and hyphens, then the iss of the tokens where that is another one, as https://chat.example.com, then a key of 32 to 512 visible ASCII characters without a comma, with spaces between them';

const signingKey = reading<SigningKey>(expected, (value) => {
  const [, issuer, iss = issuer, key] = shape.exec(value) ?? [];
  return issuer && iss && key ? { issuer, iss, key } : { expected };
});

const template = text(
  'the name of a template, with @ and a version or without',
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:@[1-9]\d{0,8})?$/,
);
const image = text('an image as "name:tag"', /^[a-z0-9][\w.:/@-]{0,254}$/i);

export const lobehub = {
  doc: 'LobeHub’s self-hosted sandbox: its users get a workspace each. See docs/lobehub.md.',
  settings: {
    signingKeys: setting({
      kind: list(signingKey),
      default: [],
      secret: true,
      doc:
        'What LobeHub signs its tokens with (its ONLYBOXES_JIT_SIGNING_KEY), as ["chat https://chat.example.com a-long-random-key"]: its users’ ' +
        'workspaces are chat:USER. The same issuer twice while an old key is being replaced. Without any, LobeHub’s routes are closed. ' +
        '`openssl rand -base64 32` makes a key. CUBBY_LOBEHUB_SIGNING_KEYS and signing_keys_file keep them out of this file.',
    }),
    signingKeysFile: optional({
      kind: path,
      unset: 'no file is read',
      example: '/run/secrets/cubby-lobehub',
      doc: 'File with the same, one a line; empty lines and those that start with # do not count. Takes the place of signing_keys.',
    }),
    image: setting({
      kind: image,
      default: 'cubby/interpreter:latest',
      doc:
        'Image of the workspaces of LobeHub’s users, where there is no template. LobeHub needs sh, python3, node and npx in it, and ' +
        'curl and unzip for skills.',
    }),
    template: optional({
      kind: template,
      unset: 'they are made of the image',
      example: 'chat',
      doc: 'Template of these workspaces, in place of the image: with it they have limits, volumes and packages of their own.',
    }),
  },
} as const satisfies Section;
