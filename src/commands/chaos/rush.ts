import { isDone, type Answer, type Question, type ShopApi } from '../shop/shop-api.ts';
import { booksOff, holdSeconds, idOf, isEnded, makeProduct, retire, unexpected } from './till.ts';

/** A way of buying that a rush can be made on: what every buyer sends, and how what they got is given back. */
export interface Counter {
  readonly path: string;
  readonly giveBack: (id: string) => Question;
}

/** The two ways of taking units out of stock. */
export const counters: readonly Counter[] = [
  {
    path: '/api/create-order/',
    giveBack: (id) => ({
      method: 'POST',
      path: `/api/orders/${id}/transition/`,
      body: { new_status: 'cancelled', reason: 'chaos test' },
    }),
  },
  {
    path: '/api/reservations/',
    giveBack: (id) => ({ method: 'POST', path: `/api/reservations/${id}/release/` }),
  },
];

/** How a rush ended. */
export interface RushResult {
  readonly succeeded: number;
  readonly failed: number;
  /** What is not as it should be, a sentence each; empty when stock was kept honest. */
  readonly off: readonly string[];
}

/**
 * Lets buyers ask for one unit each of a fresh product, all at once, then checks the books and gives everything back.
 * @throws Error when the product cannot be made or read
 */
export async function rush(
  api: ShopApi,
  { path, giveBack }: Counter,
  { buyers, units }: { readonly buyers: number; readonly units: number },
): Promise<RushResult> {
  const { id } = await makeProduct(api, units);
  const body = { product_id: id, quantity: 1, hold_seconds: holdSeconds };
  const answers = await Promise.all(Array.from({ length: buyers }, () => api.decide({ method: 'POST', path, body })));
  const won = answers.filter(isDone);
  const sold = Math.min(buyers, units);
  const off = [
    ...(won.length === sold ? [] : [`${won.length} buyers succeeded instead of ${sold}.`]),
    ...unexpected(answers.filter((answer) => !isDone(answer) && !isShortage(answer))),
    ...(await booksOff(api, id, { total: units, available: units - sold, reserved: sold }, 'after the rush')),
  ];

  const returned = await Promise.all(won.map((answer) => api.decide(giveBack(idOf(answer)))));
  off.push(
    ...unexpected(returned.filter((answer) => !isDone(answer) && !isEnded(answer))),
    ...(await booksOff(api, id, { total: units, available: units, reserved: 0 }, 'after everything was given back')),
  );
  off.push(...(await retire(api, id)));
  return { succeeded: won.length, failed: buyers - won.length, off };
}

/** The one refusal that a buyer may get. */
function isShortage({ status, code }: Answer): boolean {
  return status === 409 && code === 'insufficient-stock';
}
