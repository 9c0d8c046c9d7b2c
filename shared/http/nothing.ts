import type { FastifyReply } from 'fastify';
import { z } from 'zod';

/** Schema of an empty answer. */
export const nothing = z.undefined().describe('Nothing.');

/**
 * Answers with an empty body that says so: without `Content-Length: 0` Node sends it chunked, and OpenSandbox's JavaScript
 * client then fails on it ("Unexpected end of JSON input").
 */
export function sendNothing(reply: FastifyReply, status: 200 | 202 = 200): FastifyReply {
  return reply.code(status).header('content-length', 0).removeHeader('content-type').send();
}
