/** One kind of failure: its HTTP status, its title, and what it means to the caller in words (shown at /docs/problems). */
interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly meaning: string;
}

/** Every problem the API answers with. The code is the stable name; the HTTP status is decided here and nowhere else. */
export const problems = {
  'validation-failed': {
    status: 400,
    title: 'Bad input',
    meaning:
      'A field, a query parameter or a header has a value that is not allowed. `errors` names each one: `path` is a JSON ' +
      'Pointer into the body (`/items/0/quantity`), `?name` for a query parameter, or the name of a header.',
  },
  'malformed-json': {
    status: 400,
    title: 'Malformed JSON',
    meaning: 'The body is missing, is not UTF-8, is not JSON, or has an object with the same key twice.',
  },
  'malformed-csv': {
    status: 400,
    title: 'Malformed CSV',
    meaning:
      'The body is not UTF-8, is not CSV (RFC 4180), has a header line with a column that is not known or there twice, or has a ' +
      'row with more or fewer cells than the header. `detail` names the line.',
  },
  'malformed-request': {
    status: 400,
    title: 'Malformed request',
    meaning: 'What arrived is not HTTP, names no host, has a target that is no address, or was cut short.',
  },
  unauthenticated: {
    status: 401,
    title: 'Unauthenticated',
    meaning:
      'The request has no credentials, or they are wrong, expired or revoked. Send an API key or a token as `Authorization: Bearer …`; a browser signs in with a key. ' +
      'The header `WWW-Authenticate` says what was wrong with it.',
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    meaning:
      'The credentials are good, but their role may not do this. `needed` is the role it takes, `role` the one they have: an admin may ' +
      'do all that an operator may, and an operator all that a viewer may.',
  },
  'foreign-origin': {
    status: 403,
    title: 'Foreign origin',
    meaning:
      'A web page of another origin sent this. While the API runs without credentials it is for this machine alone; a page of yours is ' +
      'let in by `EARMARK_CORS_ORIGINS`. Where a cookie says who calls, or a session begins or ends, only a page of the API itself may ' +
      'change something, and says so in `Origin`; a program sends `Authorization` instead.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    meaning:
      'There is nothing at this address, or something that the request names (a product, a warehouse, an order) does not exist.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    meaning: 'The address exists but not with this method. The header `Allow` lists those it has.',
  },
  'request-timeout': {
    status: 408,
    title: 'Request timeout',
    meaning: 'The request did not arrive completely in time. The connection is closed.',
  },
  'insufficient-stock': {
    status: 409,
    title: 'Insufficient stock',
    meaning:
      'There are not enough units. Nothing was reserved, not even for the lines that had enough. `shortages` lists each ' +
      'product that fell short with the units requested and available: in all active warehouses together, or, when the order ' +
      'asked for a `single` one, in the one that comes closest. While orders wait for a product (`waiting` says how many), nothing ' +
      'of it is available to anybody behind them.',
  },
  'invalid-transition': {
    status: 409,
    title: 'Invalid transition',
    meaning: 'An order in state `from` cannot go to state `to`. `allowed` lists where it can go.',
  },
  'reservation-ended': {
    status: 409,
    title: 'Reservation ended',
    meaning:
      'The reservation was confirmed, was released or has expired (`ended_as`): it cannot end again, or be extended.',
  },
  'belongs-to-order': {
    status: 409,
    title: 'Reservation belongs to an order',
    meaning:
      'The reservation is part of the order `order_id` and ends with it: use the transition of the order, or extend the order.',
  },
  'not-reserved': {
    status: 409,
    title: 'Not reserved yet',
    meaning:
      'The order waits for its units, at most until `until`: there is nothing to confirm or to extend yet. Once its units are ' +
      'reserved its `waiting` is null and its hold begins.',
  },
  'reservation-expired': {
    status: 409,
    title: 'Reservation expired',
    meaning:
      'The order expired before it was confirmed, and the same items cannot be had again: `shortages` says of which there are not ' +
      'enough, and is empty when the confirmation came too late for that. If the order was paid, `refund` is what to give back.',
  },
  'limit-exceeded': {
    status: 409,
    title: 'Limit exceeded',
    meaning:
      'More than one caller may have. `limit` names which: `units-per-line` of one product in one order or reservation, `held-units` of ' +
      'one product that a caller holds or waits for, `open-holds` that a caller has not confirmed yet, or `hold-extension` in seconds. ' +
      '`allowed` is the limit, `left` what is left of it: ask for no more than that, or end other holds first.',
  },
  'sku-taken': {
    status: 409,
    title: 'SKU taken',
    meaning: 'Another product has this SKU. Upper and lower case count as the same.',
  },
  'stock-conflict': {
    status: 409,
    title: 'Stock conflict',
    meaning:
      'The change would take units that are reserved or that do not exist, or exceed the largest stock (2147483647).',
  },
  'stock-moved': {
    status: 409,
    title: 'Stock moved',
    meaning:
      'The stock in `warehouse` is not what the request expected: somebody sold, received or counted meanwhile. Look at the ' +
      'figures again, and count again if need be.',
  },
  'code-taken': {
    status: 409,
    title: 'Code taken',
    meaning: 'There is a warehouse with this code. Upper and lower case count as the same.',
  },
  'default-warehouse': {
    status: 409,
    title: 'Default warehouse',
    meaning: 'This warehouse takes stock when none is named, so it stays active.',
  },
  'not-delivered': {
    status: 409,
    title: 'Not delivered',
    meaning: 'Only what was delivered can be returned. `order_status` is where the order `order_id` stands.',
  },
  'return-exceeds-delivery': {
    status: 409,
    title: 'Return exceeds delivery',
    meaning:
      'Over all returns, no more units of a line can come back than were delivered. `returned` of `delivered` units have come ' +
      'back already.',
  },
  'product-inactive': {
    status: 409,
    title: 'Product inactive',
    meaning: 'The product exists but is not for sale: its `active` is false.',
  },
  'payload-too-large': {
    status: 413,
    title: 'Payload too large',
    meaning: 'The body is larger than 64 KiB, or 2 MiB when it is a list of stock levels.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    meaning:
      'A body must be uncompressed JSON in UTF-8, sent with `Content-Type: application/json`; a list of stock levels may also be ' +
      'CSV, sent with `Content-Type: text/csv`. The header `Accept` says what is taken.',
  },
  'foreign-host': {
    status: 421,
    title: 'Foreign host',
    meaning:
      'The request was for another host, or came through a proxy. While the API runs without credentials it is for this machine alone: ' +
      'ask `localhost`, or set up credentials.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency key reused',
    meaning:
      'The same caller sent this Idempotency-Key to this address before, with another body. Nothing was done. A repeat must ' +
      'ask for the same thing; something new needs a new key.',
  },
  'rate-limited': {
    status: 429,
    title: 'Rate limited',
    meaning:
      'These credentials, or this address, have sent too many requests. Nothing was done. `Retry-After` says when to try again, and the ' +
      'headers `RateLimit` and `RateLimit-Policy` what is left of how much.',
  },
  'headers-too-large': {
    status: 431,
    title: 'Headers too large',
    meaning: 'The request line and its headers are larger than 16 KiB. The connection is closed.',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable',
    meaning:
      'The database or Temporal did not answer in time, or too many requests are in flight. `Retry-After` says when to try again. After creating an order, a ' +
      'reservation or a return the header `Location` is its address: ask there before sending it again, since it may still be placed.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    meaning: 'Something went wrong that should not have. The logs hold the reason under the same `request_id`.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problems;

/** One bad field: a JSON Pointer into the body, `?name` of a query parameter or the name of a header, and what is wrong in words. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** What a problem says beyond its code. */
export interface ProblemOptions {
  /** Members beside the standard ones, snake_case. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Thrown anywhere in the API to answer with a problem. The message is its `detail`: it is shown to the caller. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, { members = {}, headers = {}, cause }: ProblemOptions = {}) {
    super(detail, { cause });
    this.code = code;
    this.members = members;
    this.headers = headers;
  }
}

const counted = new Intl.NumberFormat('en-US');

/** So many bad places are put in words; `errors` has all of them, or as many as the route lists. */
const placesInDetail = 10;

/**
 * Bad input: one entry for each bad field.
 * @param most entries in `errors`; the detail says how many bad places there are beyond those it names
 */
export function validationFailed(errors: readonly FieldError[], most = Infinity): ProblemError {
  const places = errors
    .slice(0, placesInDetail)
    .map(({ path, message }) => `${path === '' ? 'the body' : path} ${message}`);
  const more = errors.length - places.length;
  const listed = errors.length > most ? ` (errors has the first ${most} of ${counted.format(errors.length)})` : '';
  const detail = places.join('; ') + (more > 0 ? `; and ${counted.format(more)} more${listed}` : '');
  return new ProblemError('validation-failed', `${detail}.`, { members: { errors: errors.slice(0, most) } });
}

/** Temporal did not say in time whether it took the start of an order, a reservation or a return; its address will tell. */
export function perhapsPlaced(address: string): ProblemError {
  return new ProblemError(
    'unavailable',
    `Temporal did not answer in time. The request may still be placed: ask at ${address} before sending it again.`,
    { headers: { Location: address } },
  );
}

/** The body of a problem answer (RFC 9457). */
export function problemBody(error: ProblemError, requestId: string): Record<string, unknown> {
  const { status, title } = problems[error.code];
  return {
    type: `/docs/problems#${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    ...error.members,
  };
}
