import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { isDone, type Answer, type ShopApi } from '../shop/shop-api.ts';
import { booksOff, holdSeconds, isEnded, makeProduct, retire, unexpected } from './till.ts';

/** How a queue ended. */
export interface QueueResult {
  readonly succeeded: number;
  readonly waiting: number;
  /** Those of them that were served when whoever had succeeded gave back. */
  readonly served: number;
  /** What is not as it should be, a sentence each. */
  readonly off: readonly string[];
}

/** Seconds that a buyer waits: long enough to outlast the test. */
const waitSeconds = 600;

/** Milliseconds that the waiting list gets to move on. */
const defaultPatience = 60_000;

/** Milliseconds between two looks at it. */
const pause = 200;

const order = z.object({
  id: z.string(),
  waiting: z.object({ position: z.int() }).nullable(),
  expires_at: z.string().nullable(),
});

type Order = z.output<typeof order>;

/**
 * Lets buyers ask for one unit each of a fresh product, all at once, and wait for it. Then whoever got one gives it back, and as many as
 * that are served, in the order of the waiting list. Everything is given back in the end.
 * @throws Error when the product cannot be made or read
 */
export async function queue(
  api: ShopApi,
  {
    buyers,
    units,
    patience = defaultPatience,
  }: { readonly buyers: number; readonly units: number; readonly patience?: number },
): Promise<QueueResult> {
  const { id } = await makeProduct(api, units);
  const body = {
    product_id: id,
    quantity: 1,
    hold_seconds: holdSeconds,
    on_shortage: 'wait',
    wait_seconds: waitSeconds,
  };
  const answers = await Promise.all(
    Array.from({ length: buyers }, () => api.decide({ method: 'POST', path: '/api/create-order/', body })),
  );
  const orders = answers.filter(isDone).map(orderIn);
  const won = orders.filter(({ waiting }) => waiting === null);
  const list = await readList(api, id);
  const sold = Math.min(buyers, units);
  const off = [
    ...unexpected(answers.filter((answer) => !isDone(answer))),
    ...(won.length === sold ? [] : [`${won.length} buyers succeeded instead of ${sold}.`]),
    ...(list.length === buyers - sold ? [] : [`${list.length} buyers wait instead of ${buyers - sold}.`]),
    ...(await booksOff(api, id, { total: units, available: units - sold, reserved: sold }, 'after the rush')),
  ];

  off.push(
    ...(await cancel(
      api,
      won.map((one) => one.id),
    )),
  );
  const next = list.slice(0, won.length);
  off.push(...(await movedOff(api, id, list, next.length, patience)));
  const served = (await readOrders(api, next)).filter(({ waiting }) => waiting === null);
  off.push(...orderOff(served, next.length));
  const held = { total: units, available: units - next.length, reserved: next.length };
  off.push(...(await booksOff(api, id, held, 'after the next were served')));

  // Those who wait first: otherwise each unit that is given back would be somebody's again.
  off.push(...(await cancel(api, list.slice(next.length))), ...(await cancel(api, next)));
  const empty = { total: units, available: units, reserved: 0 };
  off.push(...(await booksOff(api, id, empty, 'after everything was given back')), ...(await retire(api, id)));
  return { succeeded: won.length, waiting: list.length, served: served.length, off };
}

/** Cancels orders, all at once; what is off about that. */
async function cancel(api: ShopApi, ids: readonly string[]): Promise<string[]> {
  const body = { new_status: 'cancelled', reason: 'chaos test' };
  const cancelled = await Promise.all(
    ids.map((id) => api.decide({ method: 'POST', path: `/api/orders/${id}/transition/`, body })),
  );
  return unexpected(cancelled.filter((answer) => !isDone(answer) && !isEnded(answer)));
}

/** Waits until as many as were to be served have left the list, and demands that they were the first of it. */
async function movedOff(
  api: ShopApi,
  productId: string,
  before: readonly string[],
  served: number,
  patience: number,
): Promise<string[]> {
  const expected = before.slice(served);
  const giveUpAt = Date.now() + patience;
  let list = await readList(api, productId);
  while (list.length > expected.length && Date.now() < giveUpAt) {
    await delay(pause);
    list = await readList(api, productId);
  }
  if (list.length > expected.length) return [`${list.length} buyers still wait instead of ${expected.length}.`];
  const same = list.length === expected.length && list.every((id, index) => id === expected[index]);
  return same ? [] : ['Others than the first in the waiting list were served.'];
}

/** Their holds began in the order in which they were served, and all are of one length. */
function orderOff(served: readonly Order[], expected: number): string[] {
  const ends = served.map(({ expires_at }) => Date.parse(expires_at ?? ''));
  const inOrder = ends.every((end, index) => index === 0 || end >= (ends[index - 1] ?? end));
  return [
    ...(served.length === expected ? [] : [`${served.length} buyers were served instead of ${expected}.`]),
    ...(inOrder ? [] : ['The next buyers were not served in the order of the waiting list.']),
  ];
}

/** The ids of the orders that wait for a product, in the order of its list. */
async function readList(api: ShopApi, productId: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null | undefined;
  do {
    const from = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const path = `/api/products/${productId}/waiting-list/?limit=100${from}`;
    const answer: Answer = await api.decide({ method: 'GET', path });
    const page = z.array(z.object({ order_id: z.string() })).parse(answer.data);
    ids.push(...page.map(({ order_id }) => order_id));
    cursor = answer.next_cursor;
  } while (cursor);
  return ids;
}

async function readOrders(api: ShopApi, ids: readonly string[]): Promise<Order[]> {
  const answers = await Promise.all(ids.map((id) => api.decide({ method: 'GET', path: `/api/orders/${id}/` })));
  return answers.map(orderIn);
}

function orderIn({ data }: Answer): Order {
  return order.parse(data);
}
