import { z } from 'zod';

/** Answer of GET /v1/isolated/capabilities: whether there are sandboxes inside the sandbox, and what they could do. */
export const IsolationCapabilities = z.object({
  available: z.boolean(),
  isolator: z.string().describe('Program that would isolate; `none` where there is none.'),
  version: z.string().describe('Its version; empty where there is none.'),
  message: z.string().describe('Why it is not available.'),
  setpriv_available: z.boolean(),
  userns_available: z.boolean(),
  commit_supported: z.boolean(),
  diff_supported: z.boolean(),
});
export type IsolationCapabilities = z.infer<typeof IsolationCapabilities>;
