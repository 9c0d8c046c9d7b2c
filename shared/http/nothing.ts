import type { FastifyReply } from 'fastify';
import { z } from 'zod';

/** Schema of an empty answer. */
export const nothing = z.undefined().describe('Nothing.');

/**
 * Answers 200 with an empty body that says so: without `Content-Length: 0` Node sends it chunked, and OpenSandbox's JavaScript
 * client then fails on it ("Unexpected end of JSON input").
 */
export function sendNothing(reply: FastifyReply): FastifyReply {
  return reply.code(200).header('content-length', 0).removeHeader('content-type').send();
}
