import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, type ErrorCode } from '../api/errors.ts';
import { explain, SchemaRefusal } from './validation.ts';

/** How one program names the two failures that have no better name. */
export interface ProblemCodes {
  /** Answered for a body, query or path that its schema refuses. */
  invalid: ErrorCode;
  /** Answered for anything unforeseen; its details go to the log, not to the caller. */
  unknown: ErrorCode;
}

/** Makes the app answer every failure as `{code, message, field?, expected?}` with the status of shared/api/errors.ts. */
export function renderProblems(app: FastifyInstance, codes: ProblemCodes): void {
  renderErrors(app, codes);
  app.setNotFoundHandler((request) => {
    throw new ApiError('ROUTE_NOT_FOUND', `There is no ${request.method} ${request.url.slice(0, 200)}.`);
  });
}

/** The same for some routes, which say more of each failure. */
export function renderErrors(
  app: FastifyInstance,
  codes: ProblemCodes,
  more: (problem: ApiError) => object = () => ({}),
): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const problem = toApiError(error, request, codes);
    if (problem.status >= 500) request.log.error({ err: error }, problem.message);
    // The rest of a refused body is not worth reading, and a half-read one poisons a kept-alive connection.
    if (!request.raw.complete) reply.header('connection', 'close');
    return reply
      .code(problem.status)
      .type('application/json; charset=utf-8')
      .send({ ...problem.toBody(), ...more(problem) });
  });
}

/** Fastify's option for a URL that can't be decoded, or with a part that is too long: no route is looked for, and no hook runs. */
export function frameworkErrors(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = new ApiError('INVALID_PARAMETER', error.message.slice(0, 200), { field: 'url' });
  void reply.header('x-request-id', request.id).code(problem.status).send(problem.toBody());
}

/** Fastify's option for what is not HTTP, or has no end of headers: there is no request yet, so nothing but the connection. */
export function clientErrors(error: Error & { code?: string }, socket: Socket): void {
  const expected = error.code === 'HPE_HEADER_OVERFLOW' ? 'headers of at most 16 KiB' : 'a request as HTTP/1.1 has it';
  const problem = new ApiError('INVALID_PARAMETER', `This can't be read: expected ${expected}.`, { expected });
  const body = JSON.stringify(problem.toBody());
  // In the middle of an answer, another one would be taken for a part of it.
  const isAnswering = (socket as Socket & { _httpMessage?: object | null })._httpMessage != null;
  if (socket.writable && !isAnswering) {
    socket.write(
      `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-request-id: ${randomUUID()}\r\nconnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroy();
}

const notJson = { field: 'body', expected: 'a JSON document' };

function toApiError(error: FastifyError | ApiError, request: FastifyRequest, codes: ProblemCodes): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof SchemaRefusal) return fromRefusal(error, codes);
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ApiError('PAYLOAD_TOO_LARGE', 'The body is larger than this route takes.', { field: 'body' });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ApiError(
        'UNSUPPORTED_MEDIA_TYPE',
        `This route does not take ${(request.headers['content-type'] ?? 'a body without a content type').slice(0, 100)}.`,
        { field: 'content-type' },
      );
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new ApiError('INVALID_REQUEST_BODY', 'The body is empty: expected a JSON document.', notJson);
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new ApiError('INVALID_REQUEST_BODY', 'The body is not valid JSON.', notJson);
  }
  if (error.statusCode && error.statusCode < 500) return new ApiError(codes.invalid, error.message);
  return new ApiError(codes.unknown, 'Something went wrong here; the log has the details under this request id.', {
    cause: error,
  });
}

function fromRefusal(refusal: SchemaRefusal, codes: ProblemCodes): ApiError {
  const { field: inside, expected, absent } = explain(refusal);
  const where = refusal.validationContext ?? 'body';
  const field = inside ?? where;
  const code = where === 'body' ? codes.invalid : inside && absent ? 'MISSING_QUERY' : 'INVALID_PARAMETER';
  return new ApiError(code, `${field}: ${expected}`, { field, expected });
}
