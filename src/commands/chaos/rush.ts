import { z } from 'zod';
import { isDone, type Answer, type Question, type ShopApi } from './shop-api.ts';

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

/** Long enough to outlast the test, short enough that units nobody gives back are free again soon. */
const holdSeconds = 300;

const product = z.object({ id: z.string(), total_stock: z.int(), available_stock: z.int(), reserved_stock: z.int() });

type Product = z.output<typeof product>;

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
  const retired = await api.decide({ method: 'PATCH', path: `/api/products/${id}/`, body: { active: false } });
  off.push(...unexpected([retired].filter((answer) => !isDone(answer))));
  return { succeeded: won.length, failed: buyers - won.length, off };
}

async function makeProduct(api: ShopApi, units: number): Promise<Product> {
  const body = { name: 'Chaos test', price: '1.00', total_stock: units };
  return productIn(await api.decide({ method: 'POST', path: '/api/products/', body }));
}

/** What the books say otherwise than they should. */
async function booksOff(
  api: ShopApi,
  id: string,
  expected: { readonly total: number; readonly available: number; readonly reserved: number },
  when: string,
): Promise<string[]> {
  const found = productIn(await api.decide({ method: 'GET', path: `/api/products/${id}/` }));
  const figures = { total: found.total_stock, available: found.available_stock, reserved: found.reserved_stock };
  return (['total', 'available', 'reserved'] as const)
    .filter((name) => figures[name] !== expected[name])
    .map((name) => `${name} is ${figures[name]} instead of ${expected[name]} ${when}.`);
}

function productIn(answer: Answer): Product {
  if (!isDone(answer)) throw new Error(`The chaos test needs a product, but the API answered ${described(answer)}.`);
  return product.parse(answer.data);
}

function idOf({ data }: Answer): string {
  return z.object({ id: z.string() }).parse(data).id;
}

/** The one refusal that a buyer may get. */
function isShortage({ status, code }: Answer): boolean {
  return status === 409 && code === 'insufficient-stock';
}

/** Given back already: an answer before this one was lost on its way. The books tell whether it is true. */
function isEnded({ status, code }: Answer): boolean {
  return status === 409 && (code === 'invalid-transition' || code === 'reservation-ended');
}

/** Answers that nobody should get, each kind once. */
function unexpected(answers: readonly Answer[]): string[] {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(described(answer), (counts.get(described(answer)) ?? 0) + 1);
  return Array.from(counts, ([kind, count]) => `${count} unexpected: ${kind}`);
}

function described({ status, code, detail }: Answer): string {
  return [status, code, detail].filter((part) => part !== undefined).join(' ');
}
