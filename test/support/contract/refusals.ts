import { randomBytes } from 'node:crypto';
import type { ErrorCode } from '../../../shared/api/errors.ts';
import type { Call, Contract } from './contract.ts';
import type { Located } from './operations.ts';

export interface GeneralRefusals {
  /** Requests that open nothing, and what they are refused with. */
  unauthorized: (Call & { code: ErrorCode })[];
  /** The most that any route takes. */
  mostBytes: number;
}

/** Brings about, on every operation, what its description has of the errors that are not about what it does. */
export async function refuseGenerally(contract: Contract, { unauthorized, mostBytes }: GeneralRefusals): Promise<void> {
  const huge = JSON.stringify({ text: 'x'.repeat(mostBytes) });
  for (const operation of contract.operations) {
    const describes = (code: ErrorCode) => contract.describes(operation, code);
    const route = `${operation.method} ${filled(operation, 'x')}`;
    for (const { code, ...call } of unauthorized) {
      if (describes(code)) await contract.call(route, code, call);
    }
    const json = { 'content-type': 'application/json' };
    if (describes('PAYLOAD_TOO_LARGE')) {
      await contract.call(route, 'INVALID_REQUEST_BODY', { headers: json, body: '{' });
      await contract.call(route, 'PAYLOAD_TOO_LARGE', { headers: json, body: huge });
    }
    if (describes('UNSUPPORTED_MEDIA_TYPE')) {
      const headers = { 'content-type': 'application/x-nothing' };
      await contract.call(route, 'UNSUPPORTED_MEDIA_TYPE', { headers, body: randomBytes(10) });
    }
    const only = contract.onlyRefusal(operation);
    if (only) await contract.call(route, only);
    const id = operation.parameters?.find((one) => one.in === 'path');
    if (id && describes('INVALID_PARAMETER')) {
      // Too long for its schema, or else for the router, which takes 1000 characters.
      const text = 'x'.repeat(id.schema.maxLength === undefined ? 1001 : 290);
      await contract.call(`${operation.method} ${filled(operation, text)}`, 'INVALID_PARAMETER', {
        ...(describes('PAYLOAD_TOO_LARGE') && { headers: json, body: '{}' }),
      });
    }
  }
}

/** The operation's path with this for every parameter, but for ports. */
function filled({ path }: Located, text: string): string {
  return path.replaceAll('{port}', '80').replace(/\{\w+\}/g, text);
}
