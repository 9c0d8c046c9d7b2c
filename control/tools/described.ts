import { z } from 'zod';
import { makingErrors } from '../../shared/api/making-errors.ts';
import { accessErrors } from '../workspaces/access.ts';

const Params = z.object({ key: z.string().describe('`issuer:subject`, percent-encoded.') });
const security: Record<string, string[]>[] = [{ apiKey: [] }, { bearer: [] }, { signature: [] }];

/** What the documents say of every route of this room. */
export const aboutTools = { tags: ['Tools'], security, params: Params };

/** What whoever asks may be refused with. */
export const askErrors = [...accessErrors, 'INVALID_WORKSPACE_KEY'] as const;

/** And where something is done in the workspace's sandbox. */
export const callErrors = [
  ...askErrors,
  'AGENT_UNREACHABLE',
  'DOCKER::SANDBOX_NOT_RUNNING',
  'DOCKER::SANDBOX_RESUME_FAILED',
  ...makingErrors,
] as const;
