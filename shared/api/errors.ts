import { errorReferences } from './error-references.ts';

/**
 * Every error that agent and control can answer with: its code on the wire, its HTTP status. The table is closed: a code
 * that is not here does not compile. Codes that OpenSandbox's clients know keep its spelling.
 * docs/troubleshooting.md explains each; a test compares the two.
 */
export const errorTable = {
  // What the caller sent.
  INVALID_REQUEST_BODY: 400,
  INVALID_PARAMETER: 400,
  MISSING_QUERY: 400,
  UNSUPPORTED_MEDIA_TYPE: 415,
  PAYLOAD_TOO_LARGE: 413,
  ROUTE_NOT_FOUND: 404,
  // Who the caller is.
  MISSING_API_KEY: 401,
  INVALID_API_KEY: 401,
  INVALID_ACCESS_TOKEN: 401,
  INVALID_SIGNATURE: 401,
  SIGNATURE_EXPIRED: 401,
  SIGNATURE_REPLAYED: 401,
  BODY_NOT_AS_SIGNED: 401,
  ISSUER_NOT_ALLOWED: 403,
  ORIGIN_NOT_ALLOWED: 403,
  // Files.
  FILE_NOT_FOUND: 404,
  FILE_ALREADY_EXISTS: 409,
  INVALID_FILE: 400,
  INVALID_FILE_CONTENT: 400,
  INVALID_FILE_METADATA: 400,
  PERMISSION_DENIED: 403,
  RANGE_NOT_SATISFIABLE: 416,
  DISK_FULL: 507,
  // Commands.
  COMMAND_NOT_FOUND: 404,
  COMMAND_NOT_RUNNING: 409,
  WORKING_DIRECTORY_NOT_FOUND: 400,
  UNKNOWN_USER: 400,
  USER_NOT_ALLOWED: 403,
  SPOOL_FULL: 507,
  TOO_MANY_COMMANDS: 429,
  // Sessions.
  SESSION_NOT_FOUND: 404,
  RUN_NOT_FOUND: 404,
  SESSION_BUSY: 429,
  TOO_MANY_SESSIONS: 429,
  // Terminals.
  ALREADY_CONNECTED: 409,
  VIEWER_REQUIRES_RUNNING_SESSION: 409,
  TOO_MANY_TERMINALS: 429,
  UPGRADE_REQUIRED: 426,
  // Code cells.
  CONTEXT_NOT_FOUND: 404,
  CONTEXT_BUSY: 409,
  EXECUTION_NOT_FOUND: 404,
  EXECUTION_NOT_RUNNING: 409,
  INPUT_NOT_REQUESTED: 409,
  KERNEL_NOT_AVAILABLE: 501,
  KERNEL_DIED: 500,
  KERNEL_SERVER_UNREACHABLE: 502,
  KERNEL_SERVER_REFUSED: 502,
  // Ports.
  INVALID_PORT: 400,
  PORT_NOT_REACHABLE: 502,
  // The agent as a whole.
  ENTRYPOINT_FAILED: 500,
  METRICS_NOT_AVAILABLE: 503,
  RUNTIME_ERROR: 500,
  NOT_SUPPORTED: 501,
  // Sandboxes, as control sees them.
  'DOCKER::SANDBOX_NOT_FOUND': 404,
  'DOCKER::SANDBOX_NOT_RUNNING': 409,
  'DOCKER::SANDBOX_NOT_PAUSED': 409,
  'DOCKER::SANDBOX_PAUSE_FAILED': 500,
  'DOCKER::SANDBOX_RESUME_FAILED': 500,
  'DOCKER::SANDBOX_IMAGE_PULL_FAILED': 400,
  'DOCKER::SANDBOX_START_FAILED': 500,
  'DOCKER::SANDBOX_DELETE_FAILED': 500,
  'DOCKER::SANDBOX_EXECD_START_FAILED': 500,
  'DOCKER::INVALID_EXPIRATION': 400,
  'DOCKER::EXPIRATION_NOT_EXTENDED': 409,
  'DOCKER::INVALID_ENTRYPOINT': 400,
  'DOCKER::INITIALIZATION_ERROR': 503,
  'SNAPSHOT::NOT_FOUND': 404,
  'SNAPSHOT::NOT_READY': 409,
  'SNAPSHOT::INVALID_SOURCE_STATE': 409,
  'SNAPSHOT::INVALID_STATE': 409,
  'SNAPSHOT::DELETE_CONFLICT': 409,
  'SNAPSHOT::INVALID_RESTORE_CONFIG': 409,
  'SANDBOX::INVALID_PARAMETER': 400,
  'SANDBOX::INVALID_METADATA_LABEL': 400,
  'SANDBOX::API_NOT_SUPPORTED': 400,
  'SANDBOX::RUNTIME_NOT_AVAILABLE': 400,
  'KUBERNETES::POOL_NOT_FOUND': 404,
  'KUBERNETES::POOL_NOT_SUPPORTED': 501,
  'FSB::API_NOT_SUPPORTED': 501,
  INVALID_METADATA_FORMAT: 400,
  DIAGNOSTICS_SCOPE_UNSUPPORTED: 400,
  // Volumes.
  'VOLUME::INVALID_NAME': 400,
  'VOLUME::DUPLICATE_NAME': 400,
  'VOLUME::INVALID_BACKEND': 400,
  'VOLUME::UNSUPPORTED_BACKEND': 400,
  'VOLUME::INVALID_MOUNT_PATH': 400,
  'VOLUME::INVALID_SUB_PATH': 400,
  'VOLUME::INVALID_HOST_PATH': 400,
  'VOLUME::HOST_PATH_NOT_ALLOWED': 400,
  'VOLUME::HOST_PATH_NOT_FOUND': 400,
  'VOLUME::HOST_PATH_CREATE_FAILED': 500,
  'VOLUME::INVALID_PVC_NAME': 400,
  'VOLUME::PVC_NOT_FOUND': 400,
  'VOLUME::PVC_NOT_ALLOWED': 400,
  'VOLUME::PVC_INSPECT_FAILED': 500,
  'VOLUME::PVC_SUBPATH_UNSUPPORTED_DRIVER': 400,
  // Workspaces.
  INVALID_WORKSPACE_KEY: 400,
  WORKSPACE_NOT_FOUND: 404,
  WORKSPACE_HAS_NO_SANDBOX: 409,
  // Tools.
  TOOL_NOT_FOUND: 404,
  TEXT_NOT_FOUND: 409,
  TEXT_NOT_UNIQUE: 409,
  NOTHING_TO_RESUME: 405,
  // LobeHub's routes.
  LOBEHUB_NOT_CONFIGURED: 501,
  INVALID_JIT_TOKEN: 401,
  JIT_TOKEN_EXPIRED: 401,
  TASK_NOT_FOUND: 404,
  TASK_NOT_RUNNING: 409,
  TOO_MANY_TASKS: 429,
  // Files on their way from and to stores.
  TRANSFER_URL_NOT_ALLOWED: 400,
  STORE_REFUSED: 502,
  STORE_UNREACHABLE: 502,
  FILE_CHANGED: 409,
  TOO_MANY_TRANSFERS: 429,
  // Templates.
  INVALID_TEMPLATE_NAME: 400,
  TEMPLATE_NOT_FOUND: 404,
  TEMPLATE_ALREADY_EXISTS: 409,
  TEMPLATE_NOT_READY: 409,
  TEMPLATE_BUILD_FAILED: 409,
  TEMPLATE_HAS_NO_PACKAGES: 409,
  // What control itself needs.
  AGENT_UNREACHABLE: 502,
  ENGINE_UNAVAILABLE: 503,
  ENGINE_TIMEOUT: 504,
  NETWORK_RULES_FAILED: 500,
  CAPACITY_EXCEEDED: 429,
  'GENERAL::UNKNOWN_ERROR': 500,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof errorTable;

/** Where the caller went wrong, said apart from the message so that a program can use it. */
export interface ErrorDetails {
  /** Name of the offending field, query parameter or header, as `envs.PATH` or `metadata[0].path`. */
  field?: string;
  /** What would have been right there, in a few words. */
  expected?: string;
  cause?: unknown;
}

/** An error that is told to the caller: rendered once, by shared/http/problems.ts, as `{code, reference, message, field?, expected?}`. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly expected: string | undefined;

  constructor(code: ErrorCode, message: string, { field, expected, cause }: ErrorDetails = {}) {
    super(message, { cause });
    this.name = 'ApiError';
    this.code = code;
    this.field = field;
    this.expected = expected;
  }

  /** The HTTP status that the table gives the code. */
  get status(): number {
    return errorTable[this.code];
  }

  /** The body on the wire. Undefined fields are left out by JSON. */
  toBody(): ErrorBody {
    const { code, message, field, expected } = this;
    return { code, message, reference: errorReferences[code], field, expected };
  }
}

/** Shape of every error body of both programs. */
export interface ErrorBody {
  code: ErrorCode;
  /** As FS_001: see error-references.ts. */
  reference: string;
  message: string;
  field?: string | undefined;
  expected?: string | undefined;
}
