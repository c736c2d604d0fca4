import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { isDone, type Answer, type ShopApi } from '../shop/shop-api.ts';
import { ask } from './ask.ts';
import { movesTo, type PlannedOrder } from './plan-orders.ts';

const order = z.object({
  id: z.string(),
  status: z.string(),
  cancel_reason: z.string().nullable(),
  waiting: z.object({ position: z.int() }).nullable(),
  expires_at: z.string().nullable(),
  lines: z.array(z.object({ reserved_quantity: z.int(), ordered_quantity: z.int() })),
});

export type PlayedOrder = z.output<typeof order>;

/** What became of an order. */
export interface OrderOutcome {
  /** As it was in the end; the code of the refusal when there is none. */
  readonly order: PlayedOrder | string;
  readonly cameBack: boolean;
  /** Whether everything had been asked before. */
  readonly replayed: boolean;
}

/** How many requests an order takes. */
export function stepsOf({ ending, comesBack }: PlannedOrder): number {
  return 1 + movesTo[ending].length + (comesBack === undefined ? 0 : 1);
}

/**
 * Places an order and moves it to its end, or as far as it gets.
 * @param ids of the planned products, by their index
 */
export async function playOrder(api: ShopApi, planned: PlannedOrder, ids: readonly string[]): Promise<OrderOutcome> {
  const { key, actor, ending, comesBack } = planned;
  const path = '/api/create-order/';
  const placed = await ask(api, { method: 'POST', path, body: bodyOf(planned, ids), idempotencyKey: key, actor });
  if (!isDone(placed)) return { order: placed.code ?? 'refused', cameBack: false, replayed: isReplay(placed) };
  let current = orderIn(placed);
  let replayed = isReplay(placed);
  for (const status of movesTo[ending]) {
    const moved = await ask(api, {
      method: 'POST',
      path: `/api/orders/${current.id}/transition/`,
      body: { new_status: status, ...(status === 'cancelled' ? { reason: 'the customer called' } : {}) },
      idempotencyKey: `${key}-${status}`,
      actor,
    });
    replayed &&= isReplay(moved);
    // Overtaken, by its expiry or by somebody else: then it stays where it is.
    if (!isDone(moved)) return { order: await readOrder(api, current.id), cameBack: false, replayed };
    current = orderIn(moved);
  }
  if (comesBack === undefined) return { order: current, cameBack: false, replayed };
  const returned = await ask(api, {
    method: 'POST',
    path: `/api/orders/${current.id}/returns/`,
    body: { line: 1, quantity: 1, ...comesBack },
    idempotencyKey: `${key}-returned`,
    actor,
  });
  return { order: current, cameBack: isDone(returned), replayed: replayed && isReplay(returned) };
}

/** The order in an answer. */
export function orderIn({ data }: Answer): PlayedOrder {
  return order.parse(data);
}

export async function readOrder(api: ShopApi, id: string): Promise<PlayedOrder> {
  return orderIn(await ask(api, { method: 'GET', path: `/api/orders/${id}/` }));
}

/** Milliseconds that an expiry may be late by: the clean-up ends what no timer did. */
const lateness = 120_000;

/** Waits until an order is pending no more. */
export async function untilExpired(api: ShopApi, { id }: PlayedOrder): Promise<PlayedOrder> {
  const giveUpAt = Date.now() + lateness;
  for (;;) {
    const current = await readOrder(api, id);
    if (current.status !== 'pending' || Date.now() > giveUpAt) return current;
    await delay(250);
  }
}

function bodyOf(planned: PlannedOrder, ids: readonly string[]): object {
  const { items, reference, allocation, region, onShortage, waitSeconds, holdSeconds } = planned;
  return {
    items: items.map(({ product, quantity }) => ({ product_id: ids[product], quantity })),
    hold_seconds: holdSeconds,
    ...(reference === undefined ? {} : { reference }),
    ...(allocation === undefined ? {} : { allocation }),
    ...(region === undefined ? {} : { region }),
    ...(onShortage === undefined ? {} : { on_shortage: onShortage }),
    ...(waitSeconds === undefined ? {} : { wait_seconds: waitSeconds }),
  };
}

function isReplay({ replayed }: Answer): boolean {
  return replayed === true;
}
