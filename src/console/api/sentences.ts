import type { ProblemCode } from '../../api/problems.ts';
import type { OrderStatus } from '../../domain/order-status.ts';
import { inWords } from '../parts/words.ts';
import { Refused, Unreachable, type Problem } from './ask.ts';

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
  'not-found': ({ detail }) => `${detail.replace(/\.$/, '')}: it may have been mistyped.`,
  'method-not-allowed': () => 'The server does not know this any more; reload the page.',
  'request-timeout': () => 'The request did not arrive in time; try again.',
  'insufficient-stock': ({ shortages }) =>
    `There is not enough in stock: ${(shortages as Shortage[]).map(shortageInWords).join('; ')}. Nothing was reserved.`,
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
  'limit-exceeded': ({ limit, allowed, left }) =>
    `This is more than is allowed (${String(limit).replaceAll('-', ' ')}: ${String(allowed)}, of which ${String(left)} are left).`,
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
    `${String(returned)} of ${String(delivered)} delivered units have come back already; no more than the rest can.`,
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
