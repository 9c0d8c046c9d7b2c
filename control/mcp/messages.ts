import type { RequestId } from '@modelcontextprotocol/server';
import { z } from 'zod';

const requestId = z.union([z.string().max(100), z.number()]);
const Call = z.object({ method: z.literal('tools/call'), id: requestId });
const Cancelled = z.object({ method: z.literal('notifications/cancelled'), params: z.object({ requestId }) });
const Opening = z.object({ method: z.literal('initialize') });

/** What has to be known of a message before it comes to the SDK. */
export interface LegacyMessage {
  /** A call's id. */
  call?: RequestId | undefined;
  /** Id of the call that it wants ended. */
  cancelled?: RequestId | undefined;
  /** It begins a session. */
  isOpening: boolean;
}

/** Looks at a message as it came; it may be anything. */
export function messageIn(body: unknown): LegacyMessage {
  return {
    call: Call.safeParse(body).data?.id,
    cancelled: Cancelled.safeParse(body).data?.params.requestId,
    isOpening: Opening.safeParse(body).success,
  };
}
