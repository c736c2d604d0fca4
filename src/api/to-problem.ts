import { DomainError, type RefusalCode, type RefusalDetails } from '../domain/errors.ts';
import { isDatabaseUnavailable } from '../persistence/unavailable.ts';
import { ProblemError } from './problems.ts';
import { presentShortage } from './schemas/problems.ts';

/** What each refusal of the domain adds to its problem, in wire names. */
const members: { readonly [C in RefusalCode]: (details: RefusalDetails[C]) => Record<string, unknown> } = {
  'not-found': () => ({}),
  'product-inactive': ({ productId, sku }) => ({ product_id: productId, sku }),
  'insufficient-stock': ({ shortages }) => ({ shortages: shortages.map(presentShortage) }),
  'invalid-transition': ({ from, to, allowed }) => ({ from, to, allowed }),
  'reservation-ended': ({ endedAs }) => ({ ended_as: endedAs }),
  'belongs-to-order': ({ orderId }) => ({ order_id: orderId }),
  'not-reserved': ({ orderId, until }) => ({ order_id: orderId, until }),
  'reservation-expired': ({ orderId, expiredAt, refund, shortages }) => ({
    order_id: orderId,
    expired_at: expiredAt,
    refund,
    shortages: shortages.map(presentShortage),
  }),
  'limit-exceeded': ({ limit, allowed, left }) => ({ limit, allowed, left }),
  'sku-taken': ({ sku }) => ({ sku }),
  'stock-conflict': ({ total, reserved, delta, warehouse }) => ({
    total,
    reserved,
    delta,
    ...(warehouse === undefined ? {} : { warehouse }),
  }),
  'stock-moved': ({ warehouse, expected, total }) => ({ warehouse, expected, total }),
  'code-taken': ({ warehouse }) => ({ warehouse }),
  'default-warehouse': ({ warehouse }) => ({ warehouse }),
  'not-delivered': ({ orderId, status }) => ({ order_id: orderId, order_status: status }),
  'return-exceeds-delivery': ({ line, delivered, returned, requested }) => ({ line, delivered, returned, requested }),
};

/** The problem that any error is to the caller. What is not known to be harmless becomes `internal` and says nothing. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof DomainError) return refusalProblem(error);
  if (isDatabaseUnavailable(error)) {
    return new ProblemError('unavailable', 'The database did not answer in time. Try again in a moment.', {
      cause: error,
    });
  }
  return new ProblemError('internal', 'Something went wrong. The logs hold the reason under this request_id.', {
    cause: error,
  });
}

function refusalProblem<C extends RefusalCode>({ code, message, details }: DomainError<C>): ProblemError {
  return new ProblemError(code, message, { members: members[code](details) });
}
