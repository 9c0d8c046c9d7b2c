import assert from 'node:assert/strict';
import type { BuildEvent } from '../../shared/api/packages.ts';
import type { Template } from '../../shared/api/templates.ts';
import { type ControlClient, createRequest } from './control-client.ts';

/** PUT of a template, which has to be taken; a small and idle one, unless `spec` says otherwise. */
export async function putTemplate(control: ControlClient, name: string, spec?: object): Promise<Template> {
  return templateIn(await control.fetch(`/v1/templates/${name}`, sendingJson('PUT', createRequest(spec))));
}

/** A template as it is now. */
export async function getTemplate(control: ControlClient, name: string): Promise<Template> {
  return templateIn(await control.fetch(`/v1/templates/${name}`));
}

/** Forgets a template. */
export function deleteTemplate(control: ControlClient, name: string): Promise<Response> {
  return control.fetch(`/v1/templates/${name}`, { method: 'DELETE' });
}

/** What a route of templates has answered. */
export async function templateIn(response: Response): Promise<Template> {
  const text = await response.text();
  assert.ok(response.ok, `${response.status} ${text}`);
  return JSON.parse(text) as Template;
}

/** A request with a JSON body. */
export function sendingJson(method: string, body: unknown): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** An event of a build with its number. */
export interface FollowedEvent {
  id: number;
  event: BuildEvent;
}

/** All that is told of a template's build from after an event on, until it has come to its end. */
export async function followBuild(control: ControlClient, name: string, after?: number): Promise<FollowedEvent[]> {
  const headers: Record<string, string> = after === undefined ? {} : { 'last-event-id': String(after) };
  const response = await control.fetch(`/v1/templates/${name}/build`, { headers });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  return (await response.text())
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => {
      const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(frame) ?? assert.fail(frame);
      return { id: Number(id), event: JSON.parse(data!) as BuildEvent };
    });
}
