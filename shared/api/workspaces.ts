import { z } from 'zod';
import { Pagination } from './pages.ts';
import { CreateSandboxRequest, Sandbox } from './sandboxes.ts';

const instant = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });

/** Body of PUT /workspaces/{key}: what a sandbox is made with, where one has to be made. */
export const EnsureWorkspaceRequest = CreateSandboxRequest.nullish();

export type EnsureWorkspaceRequest = z.infer<typeof EnsureWorkspaceRequest>;

/** A workspace as the API shows it. */
export const Workspace = z.object({
  key: z.string().describe('`issuer:subject`'),
  issuer: z.string(),
  subject: z.string(),
  state: z
    .string()
    .describe(
      'Its sandbox’s. `Provisioned`: none has been made yet. `None`: it has ended, and is not told of any more.',
    ),
  sandbox: Sandbox.optional().describe('Absent: it has none now; PUT makes one.'),
  createdAt: instant,
});

export type Workspace = z.infer<typeof Workspace>;

/** What PUT answers with `start=false`: the workspace as it is. */
export const ProvisionedWorkspace = Workspace.extend({
  created: z.boolean().describe('True for the one request that provisioned it.'),
});

export type ProvisionedWorkspace = z.infer<typeof ProvisionedWorkspace>;

/** What PUT and reset answer: the workspace, with a sandbox that runs. */
export const EnsuredWorkspace = Workspace.extend({
  sandbox: Sandbox,
  created: z.boolean().describe('True for the one request that made the sandbox.'),
  previous: z
    .object({ id: z.string(), status: Sandbox.shape.status.optional() })
    .optional()
    .describe('The sandbox in whose place this one was made; its status for as long as it is still told of.'),
});

export type EnsuredWorkspace = z.infer<typeof EnsuredWorkspace>;

export const WorkspaceList = z.object({
  items: z.array(Workspace),
  pagination: Pagination.optional().describe('Absent where `after` was asked for.'),
});
