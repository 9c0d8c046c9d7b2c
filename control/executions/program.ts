import { totalmem } from 'node:os';
import type { CreateExecutionRequest } from '../../shared/api/kept-executions.ts';
import type { RunProgramRequest } from '../../shared/api/programs.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import type { ExecutionRow } from './store.ts';

const mebibyte = 1024 * 1024;

/** What an agent is asked to run for an execution. */
export function programOf(row: ExecutionRow, request: CreateExecutionRequest, sandbox: SandboxRow): RunProgramRequest {
  const { language, code, args, stdin, env, cwd, handler, event } = request;
  const body = { id: row.id, language, code, args, stdin, cwd, timeout: row.timeoutMs };
  if (handler == null) return { ...body, env };
  const memory = String(request.context?.memoryLimit ?? Math.floor((sandbox.limits.memory ?? totalmem()) / mebibyte));
  const name = row.functionName ?? 'handler';
  const version = request.context?.functionVersion ?? '$LATEST';
  const logStreamName = `${new Date(row.createdAt).toISOString().slice(0, 10).replaceAll('-', '/')}/[${version}]${row.id}`;
  const context = {
    functionName: name,
    functionVersion: version,
    // Seven parts, as programs that take one apart expect; nobody's but this sandbox's.
    invokedFunctionArn: `arn:cubby:lambda:local:${sandbox.id}:function:${name}`,
    memoryLimitInMB: memory,
    awsRequestId: row.id,
    logGroupName: `/cubby/${name}`,
    logStreamName,
  };
  const told = {
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory,
    AWS_LAMBDA_LOG_GROUP_NAME: context.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    _HANDLER: handler,
  };
  return { ...body, handler, event, context, env: { ...told, ...env } };
}
