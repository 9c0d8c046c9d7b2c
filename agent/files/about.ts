/** What the API's description says of a route of this room. */
export function about(operationId: string, summary: string) {
  return { tags: ['Filesystem'], operationId, summary };
}
