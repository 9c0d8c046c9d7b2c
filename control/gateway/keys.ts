import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '../../shared/api/errors.ts';
import { sameSecret } from '../../shared/http/access.ts';

/** The header that OpenSandbox's clients send their key in. `Authorization: Bearer` is as good. */
export const apiKeyHeader = 'open-sandbox-api-key';

/** The keys of this server, and what each opens. */
export class Keys {
  readonly #apiKeys: readonly string[];
  readonly #metricsKey: string | undefined;

  constructor(apiKeys: readonly string[], metricsKey: string | undefined) {
    this.#apiKeys = apiKeys;
    this.#metricsKey = metricsKey;
  }

  /** True for a key that opens everything. */
  isApiKey(key: string | undefined): boolean {
    return this.#apiKeys.some((right) => sameSecret(key, right));
  }

  /** True for a key that opens anything of this server. */
  isKey(key: string | undefined): boolean {
    return this.isApiKey(key) || this.#isMetricsKey(key);
  }

  /** @throws ApiError `MISSING_API_KEY`, `INVALID_API_KEY` */
  requireApiKey(headers: IncomingHttpHeaders): void {
    const key = keyIn(headers);
    if (key === undefined) {
      throw new ApiError('MISSING_API_KEY', `The header ${apiKeyHeader} is missing.`, {
        field: apiKeyHeader,
        expected: 'an API key',
      });
    }
    if (!this.isApiKey(key)) {
      throw new ApiError('INVALID_API_KEY', `The header ${apiKeyHeader} holds no key of this server.`, {
        field: apiKeyHeader,
      });
    }
  }

  /** As above; the metrics key will do too. */
  requireMetricsKey(headers: IncomingHttpHeaders): void {
    if (!this.#isMetricsKey(keyIn(headers))) this.requireApiKey(headers);
  }

  #isMetricsKey(key: string | undefined): boolean {
    return this.#metricsKey !== undefined && sameSecret(key, this.#metricsKey);
  }
}

/** The key that a request brings. */
export function keyIn(headers: IncomingHttpHeaders): string | undefined {
  const own = headers[apiKeyHeader];
  if (typeof own === 'string') return own;
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
}
