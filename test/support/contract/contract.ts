import assert from 'node:assert/strict';
import { type ErrorBody, type ErrorCode, errorTable } from '../../../shared/api/errors.ts';
import type { DescribedResponse, OpenApi } from '../../../shared/openapi/json.ts';
import { valuesIn } from './bodies.ts';
import { escaped, type Located, operationOf, operationsOf } from './operations.ts';
import { DocumentSchemas } from './schemas.ts';

/** What goes with a request beside its route. */
export interface Call extends Omit<RequestInit, 'method'> {
  /** Body, as JSON. */
  json?: unknown;
  /** How many values of an endless stream are read. */
  take?: number;
  /** The answer has no body this time. */
  empty?: boolean;
  /** Sends it in another way, as to another agent. */
  send?: Send;
}

export type Send = (path: string, init: RequestInit) => Promise<Response>;

/**
 * A published document that is held against what a program really answers: each answer has to be described, with its status,
 * media type, headers, body (and not a field more) and error code. In the end everything that it describes has to have been seen.
 */
export class Contract {
  readonly document: OpenApi;
  readonly operations: Located[];
  readonly #send: Send;
  readonly #schemas: DocumentSchemas;
  readonly #seen = new Set<string>();

  constructor(document: OpenApi, send: Send) {
    this.document = document;
    this.operations = operationsOf(document);
    this.#send = send;
    this.#schemas = new DocumentSchemas(document);
  }

  /**
   * Sends `METHOD /path` and checks the answer; `expected` is its status, or the code of an error.
   * Returns what is in the body: one value, or all of a stream.
   */
  async call<Value = unknown>(route: string, expected: number | ErrorCode, call: Call = {}): Promise<Value> {
    const { json, take, empty = false, send = this.#send, ...init } = call;
    const [method = '', url = ''] = route.split(' ');
    const operation = this.operation(route);
    const response = await send(url, { ...init, method, ...(json !== undefined && withJson(json, init)) });
    const said = `${operation.operationId}: ${route.slice(0, 200)} → ${response.status}`;
    const values = await this.#check(operation, response, said, { take, empty });
    const code = isRefusal(operation, response) ? (values[0] as ErrorBody).code : response.status;
    assert.equal(code, expected, `${said} ${JSON.stringify(values)?.slice(0, 500)}`);
    this.#note(operation, response.status, code, mediaType(response));
    return (isStream(response) ? values : values[0]) as Value;
  }

  /** The operation that `METHOD /path` is one of. */
  operation(route: string): Located {
    const [method = '', url = ''] = route.split(' ');
    const operation = operationOf(this.operations, method, url);
    assert.ok(operation, `the document has no ${route}`);
    return operation;
  }

  /** True when an operation may answer with an error of this code. */
  describes({ responses }: Located, code: ErrorCode): boolean {
    return codesOf(responses[errorTable[code]]).includes(code);
  }

  /** The code of an operation that does nothing but refuse. */
  onlyRefusal({ responses }: Located): ErrorCode | undefined {
    const isMore = (status: string) => status < '400' || status === '404' || status === 'default';
    if (Object.keys(responses).some(isMore)) return undefined;
    return codesOf(responses[501])[0] as ErrorCode | undefined;
  }

  /** Notes an answer that was seen in another way, as that to a WebSocket. */
  saw(route: string, status: number): void {
    const operation = this.operation(route);
    assert.ok(operation.responses[status], `${operation.operationId}: ${status} is not described`);
    this.#note(operation, status, status, '');
  }

  /** Fails for what is described, was not seen, and is not excused: by its name, or its error code; and for excuses without need. */
  assertSeen(excused: Record<string, string>): void {
    const unseen = this.#unseen();
    const codeOf = (one: string) => one.split(' ')[1]!;
    const without = unseen.filter((one) => !(one in excused) && !(codeOf(one) in excused));
    assert.deepEqual(without, [], 'is described, and no request of this test brings it about');
    const needless = Object.keys(excused).filter((one) => !unseen.some((name) => name === one || codeOf(name) === one));
    assert.deepEqual(needless, [], 'is excused, and was seen all the same');
  }

  #unseen(): string[] {
    const described = this.operations.flatMap((operation) =>
      Object.entries(operation.responses).flatMap(([status, response]) => {
        const codes = codesOf(response);
        if (codes.length > 0) return codes.map((code) => `${operation.operationId} ${code}`);
        return namesOf(operation, status).map((name) => `${operation.operationId} ${name}`);
      }),
    );
    return [...new Set(described)].filter((one) => !this.#seen.has(one)).sort();
  }

  #note(operation: Located, status: number, code: number | string, type: string): void {
    const described = String(status) in operation.responses ? String(status) : 'default';
    const names = typeof code === 'string' ? [code] : namesOf(operation, described);
    const name = names.length > 1 ? names.find((one) => one.endsWith(` ${type}`)) : names[0];
    this.#seen.add(`${operation.operationId} ${name}`);
  }

  async #check(
    operation: Located,
    response: Response,
    said: string,
    { take = Number.POSITIVE_INFINITY, empty }: { take: number | undefined; empty: boolean },
  ): Promise<unknown[]> {
    const status = statusIn(operation, response);
    const described = operation.responses[status];
    assert.ok(described, `${said}: this status is not described`);
    for (const name of Object.keys(described.headers ?? {}))
      assert.ok(response.headers.has(name), `${said}: the header ${name} is described and not sent`);
    const type = mediaType(response);
    if (status === 'default') return [await response.text()];
    if (!described.content || empty) {
      assert.deepEqual([type, await response.text()], ['', ''], said);
      return [];
    }
    assert.ok(described.content[type], `${said}: the media type ${type} is not described`);
    const validate = this.#schemas.at(`${operation.pointer}/responses/${status}/content/${escaped(type)}/schema`);
    const values: unknown[] = [];
    for await (const value of valuesIn(response, type)) {
      assert.ok(validate(value), `${said}: ${this.#schemas.errorsOf(validate)} in ${JSON.stringify(value)}`);
      if (values.push(value) >= take) break;
    }
    return values;
  }
}

function withJson(json: unknown, { headers }: RequestInit): RequestInit {
  return { body: JSON.stringify(json), headers: { 'content-type': 'application/json', ...(headers as object) } };
}

function statusIn({ responses }: Located, { status }: Response): string {
  return String(status) in responses ? String(status) : 'default';
}

function isRefusal(operation: Located, response: Response): boolean {
  return !response.ok && statusIn(operation, response) !== 'default';
}

function isStream({ headers }: Response): boolean {
  return /event-stream|ndjson/.test(headers.get('content-type') ?? '');
}

function mediaType({ headers }: Response): string {
  return headers.get('content-type')?.split(';')[0] ?? '';
}

/** An answer's names: its status, and the media type where there are several. */
function namesOf({ responses }: Located, status: string): string[] {
  const types = Object.keys(responses[status]?.content ?? {});
  return types.length > 1 ? types.map((type) => `${status} ${type}`) : [status];
}

/** Codes of an error's description. */
function codesOf(response: DescribedResponse | undefined): unknown[] {
  const schema = response?.content?.['application/json']?.schema;
  return schema?.$ref?.endsWith('/Error') ? (schema.properties?.code?.enum ?? []) : [];
}
