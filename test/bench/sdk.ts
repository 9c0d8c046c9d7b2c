import { ConnectionConfig } from '@alibaba-group/opensandbox';
import type { Control } from './control.ts';

/** How OpenSandbox's own client reaches control. */
export function connection({ url, apiKey }: Control): ConnectionConfig {
  return new ConnectionConfig({ domain: new URL(url).host, protocol: 'http', apiKey });
}
