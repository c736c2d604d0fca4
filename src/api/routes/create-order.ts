import { defaultRule, type AllocationRule, type AllocationStrategy } from '../../domain/allocation.ts';
import { DomainError } from '../../domain/errors.ts';
import { defaultShortagePolicy } from '../../domain/order.ts';
import { defaultWaitSeconds } from '../../domain/waiting.ts';
import { currentRules } from '../../workflows/messages.ts';
import { orderAddress } from '../addresses.ts';
import { perhapsPlaced } from '../problems.ts';
import { defineRoute, linksById } from '../route.ts';
import { accepted } from '../schemas/accepted.ts';
import { acceptedOrder, newOrder, order, presentOrder } from '../schemas/orders.ts';
import { placeOrder } from '../place.ts';

export const createOrder = defineRoute({
  method: 'POST',
  path: '/api/create-order/',
  operationId: 'createOrder',
  access: 'operator',
  tag: 'orders',
  summary: 'Place an order: every line is reserved, or none',
  body: newOrder,
  places: true,
  responses: {
    201: {
      description: 'The order; its units are reserved until it expires, or it waits for them',
      data: order,
      links: linksById('getOrder', 'transitionOrder', 'listOrderAudit'),
    },
    202: {
      description: 'Durably accepted; it will be placed or refused as soon as a worker can',
      data: accepted,
      links: linksById('getOrder'),
    },
  },
  problems: [
    'validation-failed',
    'not-found',
    'product-inactive',
    'insufficient-stock',
    'limit-exceeded',
    'idempotency-key-reused',
    'unavailable',
  ],
  refuseEarly: async ({ body: { items, allocation, region, onShortage }, attempt, note }, { products }) => {
    // A keyed attempt may be a repeat of one that was placed; who would take less, or wait, may get something yet.
    if (attempt.claim !== undefined || (onShortage ?? defaultShortagePolicy) !== 'reject') return undefined;
    const refusal = await products.refusalOf(items, ruleOf(allocation, region));
    if (refusal !== undefined) note({ early: true });
    return refusal;
  },
  handle: async ({ body, by, attempt, note }, { db, client, taskQueue, reach, config, products }) => {
    const { items, reference, holdSeconds = config.holdSeconds } = body;
    const { strategy: allocation, region } = ruleOf(body.allocation, body.region);
    const { onShortage = defaultShortagePolicy, waitSeconds = defaultWaitSeconds } = body;
    const shortage = { onShortage, ...(onShortage === 'wait' ? { waitSeconds } : {}) };
    const asked = { items, holdSeconds, reference, allocation, region, ...shortage };
    const orderId = attempt.id;
    const headers = { Location: orderAddress(orderId) };
    note({ order_id: orderId });
    const placing = await placeOrder(
      { db, client, taskQueue, reach },
      { rules: currentRules, orderId, ...asked, ...by },
      attempt,
    ).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'insufficient-stock') products.lookAt(items);
      throw error;
    });
    if (placing.outcome === 'unknown') throw perhapsPlaced(headers.Location);
    if (placing.outcome === 'accepted') return { status: 202, headers, data: acceptedOrder(orderId) };
    return { status: 201, headers, data: presentOrder(placing.value, config.currency) };
  },
});

/** How its units are looked for. */
function ruleOf(
  strategy: AllocationStrategy = defaultRule.strategy,
  region: string | null = defaultRule.region,
): AllocationRule {
  return { strategy, region };
}
