import assert from 'node:assert/strict';
import type { EnsuredWorkspace, Workspace } from '../../shared/api/workspaces.ts';
import { type ControlClient, createRequest } from './control-client.ts';

/** Path of a workspace, or of what is below it. */
export function workspacePath(key: string, below = ''): string {
  return `/v1/workspaces/${encodeURIComponent(key)}${below}`;
}

/** What PUT and reset take: a small and idle sandbox, unless `request` says otherwise. */
export function sending(method: string, request?: object): RequestInit {
  return {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(createRequest(request)),
  };
}

/** PUT, which has to do what it is there for. */
export async function ensure(control: ControlClient, key: string, request?: object): Promise<EnsuredWorkspace> {
  return ensuredIn(await control.fetch(workspacePath(key), sending('PUT', request)));
}

/** What PUT or reset has answered. */
export async function ensuredIn(response: Response): Promise<EnsuredWorkspace> {
  const text = await response.text();
  assert.ok(response.ok, `${response.status} ${text}`);
  const ensured = JSON.parse(text) as EnsuredWorkspace;
  assert.equal(response.status, ensured.created ? 201 : 200);
  assert.equal(ensured.sandbox.status.state, 'Running');
  return ensured;
}

/** A workspace as GET has it. */
export async function workspace(control: ControlClient, key: string): Promise<Workspace> {
  const response = await control.fetch(workspacePath(key));
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as Workspace;
}
