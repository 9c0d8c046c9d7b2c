/** A workspace that is there, and whose sandbox may be ended. */
export const resettable = '/v1/workspaces/app:resettable';
/** All that makes sandboxes. */
export const making = ['POST /v1/sandboxes', 'PUT /v1/workspaces/app:never', `POST ${resettable}/reset`] as const;

/** Ids of the sandboxes that requests are about. */
export interface Sandboxes {
  running: string;
  /** Its entrypoint has come to its end. */
  ended: string;
  /** Has no end of its own. */
  lasting: string;
}
