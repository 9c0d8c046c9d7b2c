import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { DownloadQuery, UploadForm } from '../../shared/api/files.ts';
import { bytes, plainText } from '../../shared/http/answers.ts';
import { nothing, sendNothing } from '../../shared/http/nothing.ts';
import { validatorCompiler } from '../../shared/http/validation.ts';
import { about } from './about.ts';
import { type ActingOptions, acting } from './acting.ts';
import { type Download, downloadBytes, downloadLines, RangeNotSatisfiable, refuseLinesOfRange } from './download.ts';
import { upload } from './upload.ts';

/** Milliseconds in which the rest of a refused upload is taken in: many clients read the answer only when all is sent. */
const courtesy = 2000;

const range = {
  'content-disposition': 'The file’s name, as an attachment.',
  'content-range': 'Which bytes these are, of how many.',
};

/** The two routes whose bodies are files. */
export async function transferRoutes(app: FastifyInstance, options: ActingOptions): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/files/download',
    {
      schema: {
        ...about(
          'downloadFile',
          'Read a file: whole, a range of bytes (Range), or lines (offset, limit)',
          'FILE_NOT_FOUND',
          'RANGE_NOT_SATISFIABLE',
        ),
        querystring: DownloadQuery,
        headers: z.looseObject({ range: z.string().optional().describe('A range of bytes, such as bytes=0-1023.') }),
        response: {
          200: {
            description: 'The file, as an attachment with its name; or lines of it as text.',
            content: { ...bytes('').content, ...plainText('').content },
          },
          206: bytes('A range of the file.', range),
        },
      },
    },
    async (request, reply) => {
      const { query, headers } = request;
      const { who, at } = acting(request.params, options);
      const path = at(query.path, 'path');
      // There is no validator to compare If-Range with; it asks for the whole file then.
      const range = headers['if-range'] === undefined ? headers.range : undefined;
      if (query.offset === undefined && query.limit === undefined) {
        return sendDownload(reply, await downloadBytes(who, path, range).catch(tellSize(reply)));
      }
      refuseLinesOfRange(range);
      return sendDownload(reply, downloadLines(who, path, query.offset, query.limit));
    },
  );

  // The handler reads the body as it comes; only this route takes such a one, and no other kind.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('multipart/form-data', (_request, _body, parsed) => parsed(null));
  routes.post(
    '/files/upload',
    {
      // Fastify's types say that this is the whole schema; it is that of one part.
      validatorCompiler: ({ httpPart, schema, ...route }) =>
        httpPart === 'body'
          ? (value: unknown) => ({ value })
          : validatorCompiler({ ...route, schema: schema as unknown as z.ZodType }),
      schema: {
        ...about(
          'uploadFile',
          'Write files: a part `metadata` and a part `file` for each',
          'INVALID_REQUEST_BODY',
          'INVALID_FILE_METADATA',
          'INVALID_FILE_CONTENT',
          'DISK_FULL',
        ),
        consumes: ['multipart/form-data'],
        body: UploadForm,
        response: { 200: nothing },
      },
    },
    async (request, reply) => {
      const { raw } = request;
      try {
        const { who, at } = acting(request.params, options);
        await upload(who, raw, raw.headers, at);
      } catch (error) {
        await discardRest(raw);
        throw error;
      }
      return sendNothing(reply);
    },
  );
}

function tellSize(reply: FastifyReply): (error: unknown) => never {
  return (error) => {
    if (error instanceof RangeNotSatisfiable) reply.header('content-range', `bytes */${error.size}`);
    throw error;
  };
}

/** Writes the response itself: only a write's own callback tells when its memory is free again. */
async function sendDownload(reply: FastifyReply, download: Download): Promise<FastifyReply> {
  if (reply.request.method === 'HEAD') {
    download.close();
    // A stream leaves the headers as they are, where any other body would set the length.
    return reply.code(download.status).headers(download.headers).send(Readable.from([]));
  }
  reply.hijack();
  const { raw, log } = reply;
  raw.statusCode = download.status;
  for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...download.headers }))
    raw.setHeader(name, value!);
  try {
    await download.send(raw);
    raw.end();
  } catch (error) {
    log.info({ err: error }, 'a download ended early');
    raw.destroy();
  }
  return reply;
}

async function discardRest(body: Readable): Promise<void> {
  body.resume();
  await finished(body, { writable: false, signal: AbortSignal.timeout(courtesy) }).catch(() => {});
}
