import { rawRequest } from '../raw.ts';
import type { Send } from './contract.ts';

/** Sends TRACE too, which `fetch` refuses to. */
export function withTrace(base: string, headers: Record<string, string>, send: Send): Send {
  return async (path, init) => {
    if (init.method !== 'TRACE') return send(path, init);
    const all = { ...headers, ...Object.fromEntries(new Headers(init.headers)) };
    const answer = await rawRequest(base, path, { method: 'TRACE', headers: all });
    const { 'content-type': type = '' } = answer.headers;
    return new Response(answer.text, { status: answer.status, headers: { 'content-type': type } });
  };
}
