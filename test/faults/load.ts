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
  /** Steps of orders, ends and extensions of holds, adjustments and transfers of stock. */
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

/** What an order does when there are not enough units; most do not say. */
const shortages = [{}, {}, {}, { on_shortage: 'partial' }, { on_shortage: 'partial' }] as const;

/** An order that its shopper leaves to expire, and the moment from which it is confirmed too late (milliseconds since the epoch). */
interface LeftOrder {
  readonly id: string;
  readonly lateFrom: number;
}

/** Milliseconds after its end in which an overdue hold is noticed, normally. */
const noticed = 500;

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
  const left: LeftOrder[] = [];
  const stopping = new AbortController();

  const step = async (path: string, body: object): Promise<Answer> => {
    const request: Request = { method: 'POST', path, body, key: newKey() };
    const answer = await caller.send(request);
    steps.push({ request, answer });
    return answer;
  };
  /**
   * Takes steps for as long as each is done. An order that is confirmed too late goes on as the one that takes its place.
   * @returns the order as it then is, or undefined
   */
  const walk = async (id: string, ...statuses: string[]): Promise<Answer['data']> => {
    let current: Answer['data'] = { id };
    for (const new_status of statuses) {
      const { status, data } = await step(`/api/orders/${current?.id}/transition/`, { new_status });
      if (status !== 200) return undefined;
      current = data;
    }
    return current;
  };
  /** One unit of a delivered order comes back, of a line that has any. */
  const giveBack = async ({ id, lines = [] }: NonNullable<Answer['data']>, restock: boolean): Promise<void> => {
    const line = lines.find(({ quantity }) => quantity > 0)?.line ?? 1;
    const body = { line, quantity: 1, restock, reason: 'wrong colour' };
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
    const [holdSeconds, fate, longer] = [dice(2, 5), dice(1, 10), dice(0, 2)];
    const [way, shortage] = [ways[dice(0, ways.length - 1)], shortages[dice(0, shortages.length - 1)]];
    const answer = await place({ items, hold_seconds: holdSeconds, reference: newKey(), ...way, ...shortage });
    const id = answer.status === 201 ? answer.data?.id : undefined;
    if (id === undefined) return;
    // Not those that are to expire soon.
    if (fate <= 9 && longer > 0) await step(`/api/orders/${id}/extend/`, { seconds: longer });
    if (fate <= 4) {
      const delivered = await walk(id, 'confirmed', 'processing', 'shipped', 'delivered');
      if (delivered) await giveBack(delivered, fate % 2 === 0);
    } else if (fate <= 6) await walk(id, 'cancelled');
    else if (fate <= 7) await walk(id, 'confirmed', 'cancelled');
    else if (fate > 9) left.push({ id, lateFrom: answer.answeredAt + holdSeconds * 1_000 + noticed });
  };
  /** Wants the product of which there is so little, and waits for it: some give up, some are served and leave it to expire. */
  const waiting = async (dice: Dice): Promise<void> => {
    const body = {
      items: [{ product_id: productIds.at(-1), quantity: dice(1, 9) }],
      hold_seconds: dice(1, 3),
      reference: newKey(),
      on_shortage: 'wait',
      wait_seconds: dice(1, 4),
    };
    const fate = dice(1, 4);
    const answer = await place(body);
    const id = answer.status === 201 ? answer.data?.id : undefined;
    if (id === undefined) return;
    if (fate === 1) await walk(id, 'cancelled');
    else if (fate === 2) await walk(id, 'confirmed', 'cancelled');
  };
  /** Confirms an order that has probably expired by now: whoever paid late. */
  const late = async (): Promise<void> => {
    const due = left.findIndex(({ lateFrom }) => lateFrom <= Date.now());
    const [order] = due < 0 ? [] : left.splice(due, 1);
    if (order) await walk(order.id, 'confirmed', 'processing');
  };
  const reservation = async (dice: Dice): Promise<void> => {
    const body = {
      product_id: productIds[dice(0, productIds.length - 1)],
      quantity: dice(1, 3),
      hold_seconds: dice(2, 5),
    };
    const request: Request = { method: 'POST', path: '/api/reservations/', body, key: newKey() };
    const [fate, longer] = [dice(1, 3), dice(0, 2)];
    const answer = await caller.send(request);
    placements.push({ kind: 'reservation', reference: undefined, request, answer });
    const id = answer.status === 201 ? answer.data?.id : undefined;
    if (id === undefined) return;
    if (longer > 0) await step(`/api/reservations/${id}/extend/`, { seconds: longer });
    if (fate === 3) return;
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
      if (what <= 6) await order(dice);
      else if (what <= 7) await waiting(dice);
      else if (what <= 9) await reservation(dice);
      else await adjustment(dice);
      await late();
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
