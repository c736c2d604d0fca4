/** An OpenAPI header object: the name is its key. */
type HeaderDefinition = {
  description: string;
  required?: boolean;
  schema: { type: 'string'; format?: string; pattern?: string; const?: string };
};

const uuid = { type: 'string', format: 'uuid' } as const;

/** Every header that answers of a route carry, as components of the document. */
export const responseHeaders = {
  'X-Request-Id': {
    description: 'The id of this request, also `request_id` in JSON: the UUID that the caller sent, or a new one.',
    required: true,
    schema: uuid,
  },
  Location: {
    description: 'The address of what was created, accepted, or may still be placed.',
    schema: { type: 'string', format: 'uri-reference' },
  },
  'Retry-After': {
    description: 'Seconds after which to try again.',
    required: true,
    schema: { type: 'string', pattern: '^[0-9]+$' },
  },
  'WWW-Authenticate': {
    description: 'How to send credentials, and what was wrong with those that came.',
    required: true,
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'What is left of the allowance (`r`), and for how many seconds (`t`).',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': {
    description: 'How many requests there are (`q`) in how many seconds (`w`).',
    schema: { type: 'string' },
  },
  Accept: {
    description: 'The media type that a body must have.',
    required: true,
    schema: { type: 'string', const: 'application/json' },
  },
  Allow: {
    description: 'The methods this address has.',
    required: true,
    schema: { type: 'string', pattern: '^[A-Z]+(, [A-Z]+)*$' },
  },
  'Preference-Applied': {
    description: 'The preference of the caller that was followed.',
    schema: { type: 'string', const: 'respond-async' },
  },
  'Idempotent-Replayed': {
    description: 'This is what was answered to the first request with the same Idempotency-Key.',
    schema: { type: 'string', const: 'true' },
  },
  'Set-Cookie': {
    description: 'The cookie of the session, begun or taken away.',
    schema: { type: 'string' },
  },
  'Content-Disposition': {
    description: 'The name of the file that the answer is to be kept as.',
    schema: { type: 'string' },
  },
  'Cache-Control': {
    description: 'How long the answer may be kept.',
    schema: { type: 'string' },
  },
  'X-Accel-Buffering': {
    description: 'Tells proxies to pass on each event at once.',
    schema: { type: 'string', const: 'no' },
  },
  'Content-Security-Policy': {
    description: 'What the page may load: nothing from other places.',
    schema: { type: 'string' },
  },
} as const satisfies Record<string, HeaderDefinition>;

export type ResponseHeader = keyof typeof responseHeaders;

/** References to header components; those in `required` are in every such answer. */
export function headerObjects(
  names: readonly ResponseHeader[],
  required: readonly ResponseHeader[] = [],
): Record<string, HeaderDefinition | { $ref: string }> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      required.includes(name) ? { ...responseHeaders[name], required: true } : { $ref: `#/components/headers/${name}` },
    ]),
  );
}
