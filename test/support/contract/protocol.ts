/** What OpenSandbox's own specification says of a route that its clients rely on. */
export interface Promised {
  /** Method and path; the names of parameters are anybody's own. */
  route: string;
  status: number;
  /** Media type; none where there is no body. */
  type?: string;
  /** Fields that are always in the body: of what it contains where it is a list or a map. */
  sends?: string;
  /** Fields that a request has to have in its body; there may be no more of them. */
  needs?: string;
  /** Query parameters; those with a `!` have to be there, and no others. */
  query?: string;
}

const json = 'application/json';
const events = 'text/event-stream';
const fileInfo = 'path size modified_at created_at owner group mode';
const metrics = 'cpu_count cpu_used_pct mem_total_mib mem_used_mib timestamp';
const sandbox = 'id status status.state createdAt entrypoint';
const diagnostics = 'sandboxId kind scope delivery contentType truncated content';
const snapshot = 'id sandboxId status status.state createdAt';
const policy = 'status mode enforcementMode policy policy.defaultAction policy.egress';
const page =
  'items pagination pagination.page pagination.pageSize pagination.totalItems pagination.totalPages pagination.hasNextPage';

/** The agent's routes: execd 1.0.19, with those that its specification leaves out. */
export const execd: Promised[] = [
  { route: 'GET /ping', status: 200 },
  { route: 'GET /code/contexts', status: 200, type: json, sends: 'id language', query: 'language' },
  { route: 'DELETE /code/contexts', status: 200, query: 'language!' },
  { route: 'GET /code/contexts/{id}', status: 200, type: json, sends: 'id language' },
  { route: 'DELETE /code/contexts/{id}', status: 200 },
  { route: 'POST /code/context', status: 200, type: json, sends: 'id language', needs: '' },
  { route: 'POST /code', status: 200, type: events, sends: 'type timestamp', needs: 'code' },
  { route: 'DELETE /code', status: 200, query: 'id!' },
  { route: 'POST /command', status: 200, type: events, sends: 'type timestamp', needs: 'command' },
  { route: 'DELETE /command', status: 200, query: 'id!' },
  { route: 'GET /command/status/{id}', status: 200, type: json, sends: 'id running started_at' },
  { route: 'GET /command/{id}/logs', status: 200, type: 'text/plain', query: 'cursor' },
  { route: 'POST /session', status: 200, type: json, sends: 'session_id', needs: '' },
  { route: 'POST /session/{id}/run', status: 200, type: events, sends: 'type timestamp', needs: 'command' },
  { route: 'DELETE /session/{id}', status: 200 },
  { route: 'GET /files/info', status: 200, type: json, sends: fileInfo, query: 'path!' },
  { route: 'DELETE /files', status: 200, query: 'path!' },
  { route: 'POST /files/permissions', status: 200, needs: 'mode' },
  { route: 'POST /files/mv', status: 200, needs: 'src dest' },
  { route: 'GET /files/search', status: 200, type: json, sends: fileInfo, query: 'path! pattern' },
  { route: 'POST /files/replace', status: 200, type: json, sends: 'replacedCount', needs: 'old new', query: 'verbose' },
  { route: 'POST /files/upload', status: 200 },
  { route: 'GET /files/download', status: 200, type: 'application/octet-stream', query: 'path! offset limit' },
  { route: 'GET /files/download', status: 200, type: 'text/plain' },
  { route: 'GET /files/download', status: 206, type: 'application/octet-stream' },
  { route: 'GET /directories/list', status: 200, type: json, sends: fileInfo, query: 'path! depth' },
  { route: 'POST /directories', status: 200, needs: 'mode' },
  { route: 'DELETE /directories', status: 200, query: 'path!' },
  { route: 'GET /metrics', status: 200, type: json, sends: metrics },
  { route: 'GET /metrics/watch', status: 200, type: events, sends: metrics },
  { route: 'GET /metrics/watch', status: 200, type: 'application/x-ndjson', sends: metrics },
  { route: 'POST /pty', status: 201, type: json, sends: 'session_id', needs: '' },
  { route: 'GET /pty/{id}', status: 200, type: json, sends: 'session_id running output_offset' },
  { route: 'DELETE /pty/{id}', status: 200 },
  { route: 'GET /pty/{id}/ws', status: 101, query: 'pty since takeover' },
  { route: 'GET /proxy/{port}/{path}', status: 101 },
  { route: 'GET /v1/isolated/capabilities', status: 200, type: json, sends: 'available' },
];

/** The routes of the egress sidecar, each below its port of a sandbox. */
export const egress: Promised[] = [
  { route: 'GET /healthz', status: 200, type: 'text/plain' },
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
    route: `${method} /policy`,
    status: 200,
    type: json,
    sends: 'status mode enforcementMode policy policy.defaultAction policy.egress',
  })),
];

/** The server's routes: server 0.1.14, each under /v1. */
export const lifecycle: Promised[] = [
  { route: 'POST /sandboxes', status: 202, type: json, sends: sandbox, needs: '' },
  {
    route: 'GET /sandboxes',
    status: 200,
    type: json,
    sends: `${page} ${sandbox.replace(/\S+/g, 'items.$&')}`,
    query: 'state metadata page pageSize',
  },
  { route: 'GET /sandboxes/{id}', status: 200, type: json, sends: sandbox },
  { route: 'DELETE /sandboxes/{id}', status: 204 },
  { route: 'PATCH /sandboxes/{id}/metadata', status: 200, type: json, sends: sandbox, needs: '' },
  { route: 'POST /sandboxes/{id}/pause', status: 202 },
  { route: 'POST /sandboxes/{id}/resume', status: 202 },
  { route: 'POST /sandboxes/{id}/renew-expiration', status: 200, type: json, sends: 'expiresAt', needs: 'expiresAt' },
  {
    route: 'GET /sandboxes/{id}/endpoints/{port}',
    status: 200,
    type: json,
    sends: 'endpoint',
    query: 'use_server_proxy expires',
  },
  { route: 'POST /sandboxes/{id}/snapshots', status: 202, type: json, sends: snapshot, needs: '' },
  {
    route: 'GET /snapshots',
    status: 200,
    type: json,
    sends: `${page} ${snapshot.replace(/\S+/g, 'items.$&')}`,
    query: 'sandboxId state page pageSize',
  },
  { route: 'GET /snapshots/{id}', status: 200, type: json, sends: snapshot },
  { route: 'DELETE /snapshots/{id}', status: 204 },
  { route: 'GET /sandboxes/{id}/diagnostics/logs', status: 200, type: 'text/plain', query: 'tail since' },
  { route: 'GET /sandboxes/{id}/diagnostics/logs', status: 200, type: json, sends: diagnostics, query: 'scope' },
  { route: 'GET /sandboxes/{id}/diagnostics/events', status: 200, type: 'text/plain', query: 'limit' },
  { route: 'GET /sandboxes/{id}/diagnostics/events', status: 200, type: json, sends: diagnostics, query: 'scope' },
  { route: 'GET /sandboxes/{id}/diagnostics/inspect', status: 200, type: 'text/plain' },
  { route: 'GET /sandboxes/{id}/diagnostics/summary', status: 200, type: 'text/plain', query: 'tail event_limit' },
  { route: 'POST /pools', status: 501 },
  { route: 'GET /pools', status: 200 },
  { route: 'GET /pools/{name}', status: 200 },
  { route: 'PUT /pools/{name}', status: 501 },
  { route: 'DELETE /pools/{name}', status: 501 },
  { route: 'GET /sandboxes/{id}/proxy/{port}/{path}', status: 101 },
  // The egress sidecar's, at the endpoint of its port.
  { route: 'GET /sandboxes/{id}/proxy/18080/policy', status: 200, type: json, sends: policy },
  { route: 'POST /sandboxes/{id}/proxy/18080/policy', status: 200, type: json, sends: policy, needs: '' },
  { route: 'PUT /sandboxes/{id}/proxy/18080/policy', status: 200, type: json, sends: policy, needs: '' },
  { route: 'PATCH /sandboxes/{id}/proxy/18080/policy', status: 200, type: json, sends: policy, needs: 'action target' },
  { route: 'DELETE /sandboxes/{id}/proxy/18080/policy', status: 200, type: json, sends: policy },
  ...['', '/credentials', '/credentials/{name}', '/bindings', '/bindings/{name}'].map((rest) => ({
    route: `GET /sandboxes/{id}/proxy/18080/credential-vault${rest}`,
    status: 501,
  })),
  ...['POST', 'PATCH', 'DELETE'].map((method) => ({
    route: `${method} /sandboxes/{id}/proxy/18080/credential-vault`,
    status: 501,
  })),
  { route: 'POST /metrics/events', status: 204 },
];
