import { setTimeout as delay } from 'node:timers/promises';
import { ask } from '../seed/ask.ts';
import { orderIn, readOrder, type PlayedOrder } from '../seed/play-order.ts';
import type { Tally } from '../seed/tally.ts';
import { isDone, type ShopApi } from '../shop/shop-api.ts';
import { between, oneOf } from './chance.ts';

/** A product as a shopper sees it. */
export interface Shelf {
  readonly id: string;
  readonly available_stock: number;
}

interface Visit {
  readonly name: string;
  readonly shelves: readonly Shelf[];
  readonly tally: Tally;
  /** Sends everybody home. */
  readonly closing: AbortSignal;
}

/** Seconds, all of them short enough to look on. */
const seconds = {
  hold: { min: 5, max: 40 },
  wait: { min: 20, max: 90 },
  thought: { min: 1, max: 12 },
  work: { min: 1, max: 6 },
} as const;

/**
 * One shopper: orders something, thinks about it, and buys it, cancels it, or forgets it until its hold ends.
 * @throws when the API does not answer as it should, or the shop closes
 */
export async function shop(api: ShopApi, { name, shelves, tally, closing }: Visit): Promise<void> {
  const holdSeconds = between(seconds.hold);
  const onShortage = oneOf(['reject', 'reject', 'partial', 'wait']);
  // Who waits wants one product alone, and one that others want as well.
  const [first, ...others] =
    onShortage === 'wait' ? shelves.toSorted((a, b) => a.available_stock - b.available_stock).slice(0, 3) : shelves;
  if (first === undefined) return;
  const wanted = onShortage === 'wait' ? 1 : between({ min: 1, max: 3 });
  const chosen = new Set(Array.from({ length: wanted }, () => oneOf([first, ...others]).id));
  const placed = await ask(api, {
    method: 'POST',
    path: '/api/create-order/',
    body: {
      items: [...chosen].map((id) => ({ product_id: id, quantity: between({ min: 1, max: 4 }) })),
      hold_seconds: holdSeconds,
      on_shortage: onShortage,
      ...(onShortage === 'wait' ? { wait_seconds: between(seconds.wait) } : {}),
    },
    actor: name,
  });
  if (!isDone(placed)) return tally.add('refused');
  tally.add('ordered');
  const pause = (range: { readonly min: number; readonly max: number }) =>
    delay(between(range) * 1000, undefined, { signal: closing });
  const order = await turnOf(api, orderIn(placed), { tally, pause });
  if (order === undefined) return;

  const move = async (status: string): Promise<boolean> => {
    const path = `/api/orders/${order.id}/transition/`;
    const moved = isDone(await ask(api, { method: 'POST', path, body: { new_status: status }, actor: name }));
    if (moved && status !== 'processing') tally.add(status);
    return moved;
  };
  const mood = oneOf(['buys', 'buys', 'buys', 'buys', 'buys', 'cancels', 'forgets', 'forgets']);
  if (mood === 'forgets') {
    await untilOver(api, order, pause);
    return tally.add('expired');
  }
  await pause(seconds.thought);
  if (mood === 'cancels') return void (await move('cancelled'));
  for (const status of ['confirmed', 'processing', 'shipped', 'delivered']) {
    // Who thought for too long finds it expired.
    if (!(await move(status))) return tally.add('too late');
    await pause(seconds.work);
  }
}

interface Patience {
  readonly tally: Tally;
  readonly pause: (range: { readonly min: number; readonly max: number }) => Promise<void>;
}

/** The order once it has its units; undefined when it waited in vain. */
async function turnOf(api: ShopApi, order: PlayedOrder, { tally, pause }: Patience): Promise<PlayedOrder | undefined> {
  if (order.waiting === null) return order;
  tally.add('waiting');
  for (;;) {
    await pause({ min: 2, max: 4 });
    const current = await readOrder(api, order.id);
    if (current.waiting !== null) continue;
    const isServed = current.status === 'pending';
    tally.add(isServed ? 'served' : 'waited in vain');
    return isServed ? current : undefined;
  }
}

async function untilOver(api: ShopApi, { id }: PlayedOrder, pause: Patience['pause']): Promise<void> {
  do await pause({ min: 2, max: 4 });
  while ((await readOrder(api, id)).status === 'pending');
}
