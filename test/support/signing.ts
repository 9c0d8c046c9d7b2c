import { createHash, createHmac, randomBytes } from 'node:crypto';

/** What a host application signs with. */
export const appSecret = 'a-secret-of-the-host-application-app';
export const otherSecret = 'a-secret-of-another-host-application';
/** The setting under which control knows both. */
export const issuers = { 'workspaces.issuers': `app:${appSecret},other:${otherSecret}` };

export interface Signing {
  issuer?: string;
  secret?: string;
  method?: string;
  path: string;
  /** What is hashed; `UNSIGNED-PAYLOAD` in `hash` takes its place. */
  body?: string | Buffer;
  hash?: string;
  /** Seconds since 1970. */
  time?: number;
  nonce?: string;
}

/** The headers of a signed request, made from docs/workspaces.md and not from control's own code. */
export function signedHeaders({
  issuer = 'app',
  secret = appSecret,
  method = 'GET',
  path,
  body = '',
  hash = createHash('sha256').update(body).digest('hex'),
  time = Math.floor(Date.now() / 1000),
  nonce = randomBytes(16).toString('hex'),
}: Signing): Record<string, string> {
  const text = ['cubby-hmac-sha256', issuer, time, nonce, method, path, hash].join('\n');
  return {
    'cubby-issuer': issuer,
    'cubby-time': String(time),
    'cubby-nonce': nonce,
    'cubby-content-sha256': hash,
    'cubby-signature': createHmac('sha256', secret).update(text).digest('hex'),
  };
}

/** Sends a signed request. `more` goes with it and is not signed. */
export function sendSigned(url: string, signing: Signing, more: RequestInit = {}): Promise<Response> {
  const { method = 'GET', path, body } = signing;
  return fetch(`${url}${path}`, {
    method,
    ...(body !== undefined && { body: body as string }),
    ...more,
    headers: { 'content-type': 'application/json', ...signedHeaders(signing), ...(more.headers as object) },
  });
}
