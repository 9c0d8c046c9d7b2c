/** The headers of a signed request, in lower case. They go no further than control. */
export const signatureHeaders = {
  issuer: 'cubby-issuer',
  time: 'cubby-time',
  nonce: 'cubby-nonce',
  body: 'cubby-content-sha256',
  signature: 'cubby-signature',
} as const;
