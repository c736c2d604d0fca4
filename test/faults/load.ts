import { setTimeout as delay } from 'node:timers/promises';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { newKey, type Answer, type Caller, type Exchange, type Request } from './caller.ts';

/** An attempt at an order, at a reservation that stands alone or at a return, and what the shopper heard of it. */
export interface Placement extends Exchange {
  readonly kind: 'order' | 'reservation' | 'return';
  /** The order's own mark; nobody else has it. */
  readonly reference: string | undefined;
}

/** What a crowd of shoppers did. */
export interface Load {
  readonly placements: readonly Placement[];
  /** Steps of orders, ends of reservations, adjustments and transfers of stock. */
  readonly steps: readonly Exchange[];
  /** Places one more order; what becomes of it is looked after like the shoppers' own. */
  place(order: { readonly reference: string; readonly [field: string]: unknown }): Promise<Answer>;
  /** Tells the shoppers to go home, and waits until each has its last answer. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly seed: number;
  readonly shoppers: number;
  readonly productIds: readonly string[];
  /** Milliseconds between two orders of one shopper. */
  readonly pauseMs?: number;
}

/** The warehouses of the shop beside MAIN. */
export const otherWarehouses = [
  { code: 'NORTH', region: 'north' },
  { code: 'SOUTH', region: 'south' },
] as const;

/** How the units of an order are looked for; the shoppers use all ways. */
const ways = [
  {},
  { allocation: 'nearest', region: 'south' },
  { allocation: 'fewest-splits' },
  { allocation: 'single' },
] as const;

/** A seeded source of whole numbers, both bounds included. */
export type Dice = (from: number, to: number) => number;

/** The same numbers for the same seed. */
export function diceOf(seed: number): Dice {
  const random = xoroshiro128plus(seed);
  return (from, to) => uniformInt(random, from, to);
}

/** Lets shoppers place orders and reservations, and move them on as a shop does, until they are told to stop. */
export function startLoad(caller: Caller, { seed, shoppers, productIds, pauseMs = 20 }: LoadOptions): Load {
  const placements: Placement[] = [];
  const steps: Exchange[] = [];
  const stopping = new AbortController();

  const step = async (path: string, body: object): Promise<Answer> => {
    const request: Request = { method: 'POST', path, body, key: newKey() };
    const answer = await caller.send(request);
    steps.push({ request, answer });
    return answer;
  };
  /** Takes steps for as long as each is done; whether all of them were. */
  const walk = async (id: string, ...statuses: string[]): Promise<boolean> => {
    for (const new_status of statuses) {
      const { status } = await step(`/api/orders/${id}/transition/`, { new_status });
      if (status !== 200) return false;
    }
    return true;
  };
  /** One unit of a delivered order comes back. */
  const giveBack = async (id: string, restock: boolean): Promise<void> => {
    const body = { line: 1, quantity: 1, restock, reason: 'wrong colour' };
    const request: Request = { method: 'POST', path: `/api/orders/${id}/returns/`, body, key: newKey() };
    const answer = await caller.send(request);
    placements.push({ kind: 'return', reference: undefined, request, answer });
  };
  const place: Load['place'] = async (body) => {
    const request: Request = { method: 'POST', path: '/api/create-order/', body, key: newKey() };
    const answer = await caller.send(request);
    placements.push({ kind: 'order', reference: body.reference, request, answer });
    return answer;
  };
  const order = async (dice: Dice): Promise<void> => {
    const items = Array.from({ length: dice(1, 3) }, () => ({
      product_id: productIds[dice(0, productIds.length - 1)],
      quantity: dice(1, 3),
    }));
    const [holdSeconds, fate] = [dice(2, 5), dice(1, 10)];
    const way = ways[dice(0, ways.length - 1)];
    const answer = await place({ items, hold_seconds: holdSeconds, reference: newKey(), ...way });
    const id = answer.status === 201 ? answer.data?.id : undefined;
    if (id === undefined) return;
    if (fate <= 4) {
      const delivered = await walk(id, 'confirmed', 'processing', 'shipped', 'delivered');
      if (delivered) await giveBack(id, fate % 2 === 0);
    } else if (fate <= 6) await walk(id, 'cancelled');
    else if (fate <= 7) await walk(id, 'confirmed', 'cancelled');
  };
  const reservation = async (dice: Dice): Promise<void> => {
    const body = {
      product_id: productIds[dice(0, productIds.length - 1)],
      quantity: dice(1, 3),
      hold_seconds: dice(2, 5),
    };
    const request: Request = { method: 'POST', path: '/api/reservations/', body, key: newKey() };
    const fate = dice(1, 3);
    const answer = await caller.send(request);
    placements.push({ kind: 'reservation', reference: undefined, request, answer });
    const id = answer.status === 201 ? answer.data?.id : undefined;
    if (id === undefined || fate === 3) return;
    await step(`/api/reservations/${id}/${fate === 1 ? 'confirm' : 'release'}/`, {});
  };
  const adjustment = async (dice: Dice): Promise<void> => {
    const id = productIds[dice(0, productIds.length - 1)];
    const [quantity, way, n] = [dice(1, 9), dice(1, 2), dice(0, otherWarehouses.length - 1)];
    const { code } = otherWarehouses[n] ?? otherWarehouses[0];
    if (way === 1) {
      await step(`/api/products/${id}/adjust-stock/`, { warehouse: code, delta: quantity, reason: 'delivery' });
    } else {
      const body = { product_id: id, from: 'MAIN', to: code, quantity, reason: 'closer to the buyers' };
      await step('/api/stock-transfers/', body);
    }
  };
  const shop = async (dice: Dice): Promise<void> => {
    while (!stopping.signal.aborted) {
      const what = dice(1, 10);
      await (what <= 7 ? order(dice) : what <= 9 ? reservation(dice) : adjustment(dice));
      await delay(pauseMs);
    }
  };
  const all = Promise.all(Array.from({ length: shoppers }, (_, index) => shop(diceOf(seed * 1_000 + index))));
  return {
    placements,
    steps,
    place,
    async stop() {
      stopping.abort();
      await all;
    },
  };
}
