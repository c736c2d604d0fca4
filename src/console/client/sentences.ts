import type { ProblemCode } from '../../api/problems.ts';
import type { LimitName } from '../../domain/errors.ts';
import type { OrderStatus } from '../../domain/order-status.ts';
import { spanInWords } from '../parts/span.ts';
import { counted, formatNumber, inWords } from '../parts/words.ts';
import { Refused, Unreachable, type Problem } from './problem.ts';

interface Shortage {
  readonly sku: string;
  readonly requested: number;
  readonly available: number;
  readonly waiting?: number;
}

/** One sentence for each problem code: what happened, and what to do. */
const sentences: Readonly<Record<ProblemCode, (problem: Problem) => string>> = {
  'validation-failed': ({ errors = [] }) =>
    `Please correct: ${errors.map(({ path, message }) => `${path.replace(/^[/?]/, '').replaceAll('/', ' ').replaceAll('_', ' ')} ${message}`).join('; ')}.`,
  'malformed-json': () => 'The server could not read what this page sent; reload the page and try again.',
  'malformed-csv': ({ detail }) => `The file is not a CSV that can be read: ${detail}`,
  'malformed-request': () => 'The server could not read what this page sent; reload the page and try again.',
  unauthenticated: () => 'That API key is not valid, or not any more; sign in with another one.',
  forbidden: ({ needed, role }) =>
    `This takes the role ${String(needed)}, and you are signed in as ${String(role)}; ask an admin for a key.`,
  'foreign-origin': () => 'The server takes this only from its own pages; open the console at its own address.',
  'not-found': ({ detail }) => `${missingInWords(detail)}; it may have been mistyped.`,
  'method-not-allowed': () => 'The server does not know this any more; reload the page.',
  'request-timeout': () => 'The request did not arrive in time; try again.',
  'insufficient-stock': ({ shortages }) =>
    `Nothing was reserved, since there is not enough in stock: ${(shortages as Shortage[]).map(shortageInWords).join('; ')}.`,
  'invalid-transition': ({ from, to }) =>
    from === to
      ? `The order is ${inWords(from as OrderStatus)} already; somebody else was faster.`
      : `The order is ${inWords(from as OrderStatus)} by now, so it cannot become ${inWords(to as OrderStatus)}; somebody else, or its timer, was faster.`,
  'reservation-ended': ({ ended_as }) =>
    `The reservation was ${String(ended_as)} already, so nothing more can be done with it.`,
  'belongs-to-order': () => 'This reservation is part of an order and ends with it; go to the order.',
  'not-reserved': () => 'The order still waits for its units; it can be confirmed once they are reserved.',
  'reservation-expired': ({ refund }) =>
    `The order had expired and its units cannot be had again; if it was paid, give ${String(refund)} back.`,
  'limit-exceeded': ({ limit, allowed, left }) => limitSentences[limit as LimitName](Number(allowed), Number(left)),
  'sku-taken': ({ sku }) => `Another product has the SKU ${String(sku)}; choose another one.`,
  'stock-conflict': ({ total, reserved }) =>
    `That would take units that are reserved or not there: there are ${String(total)}, of which ${String(reserved)} are reserved.`,
  'stock-moved': ({ total }) =>
    `The stock changed meanwhile: there are ${String(total)} now; look at it again before you change it.`,
  'code-taken': ({ warehouse }) => `There is a warehouse ${String(warehouse)} already.`,
  'default-warehouse': ({ warehouse }) =>
    `${String(warehouse)} takes stock when no warehouse is named, so it stays in use.`,
  'not-delivered': () => 'Only an order that was delivered can be returned.',
  'return-exceeds-delivery': ({ delivered, returned }) =>
    `No more units can come back than were delivered: ${String(returned)} of ${String(delivered)} are back already.`,
  'product-inactive': ({ sku }) => `${String(sku)} is not for sale at the moment.`,
  'payload-too-large': () => 'That is too much at once; send less.',
  'unsupported-media-type': () => 'The server cannot read this kind of file.',
  'foreign-host': () =>
    'Without credentials the console works on the machine of the server alone; open it there as localhost.',
  'idempotency-key-reused': () => 'This was sent before with other contents; reload the page and try again.',
  'rate-limited': () => 'Too much was asked in a short time; wait a moment and try again.',
  'headers-too-large': () => 'The address is too long for the server; take some filters away.',
  unavailable: () => 'The database or Temporal does not answer at the moment; try again in a moment.',
  internal: ({ request_id }) => `Something went wrong in the server; its log has the reason under ${request_id}.`,
};

function shortageInWords({ sku, requested, available, waiting }: Shortage): string {
  const queue = waiting === undefined ? '' : ` (${waiting} waiting)`;
  return `${sku} has ${available} of ${requested}${queue}`;
}

/** One sentence for each limit: how much is allowed, how much is left of it, and what to do. */
const limitSentences: Readonly<Record<LimitName, (allowed: number, left: number) => string>> = {
  'units-per-line': (allowed) =>
    `One order or reservation may have at most ${counted(allowed, 'unit')} of a product; ask for fewer.`,
  'held-units': (allowed, left) => {
    const most = `You may hold or wait for at most ${counted(allowed, 'unit')} of a product`;
    return left === 0
      ? `${most} and can have no more; confirm or give up some first.`
      : `${most} and can have ${formatNumber(left)} more; ask for fewer, or confirm or give up some first.`;
  },
  'open-holds': (allowed) =>
    `You may have at most ${counted(allowed, 'order or reservation that is', 'orders and reservations that are')} not confirmed yet; confirm or give up one first.`,
  'hold-extension': (_, left) =>
    left === 0
      ? 'This hold cannot be extended any more; confirm before it ends.'
      : `This hold can be extended by at most ${spanInWords(left)} more; ask for no longer than that.`,
};

/** What has no address is named by what was looked for: `/api/orders/abc/` is that of an order. */
const nothingAt = /^There is nothing at \/api\/([a-z-]+)s\/([^/]+)\//;

function missingInWords(detail: string): string {
  const [, kind, id] = nothingAt.exec(detail) ?? [];
  if (kind === undefined || id === undefined) return detail.replace(/\.$/, '');
  return `There is no ${inWords(kind)} ${decodeURIComponent(id)}`;
}

/** What to tell a person about an error: one sentence. */
export function sentenceFor(error: Error): string {
  if (error instanceof Refused) {
    // A newer server may know more codes than this page.
    const known: ((problem: Problem) => string) | undefined = sentences[error.problem.code];
    return known?.(error.problem) ?? error.problem.detail;
  }
  if (error instanceof Unreachable) return 'The server does not answer; this page tries again by itself.';
  return 'Something went wrong in this page; reload it.';
}
