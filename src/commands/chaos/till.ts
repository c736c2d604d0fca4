import { z } from 'zod';
import { isDone, type Answer, type ShopApi } from '../shop/shop-api.ts';

/** Long enough to outlast the test, short enough that units nobody gives back are free again soon. */
export const holdSeconds = 300;

const product = z.object({ id: z.string(), total_stock: z.int(), available_stock: z.int(), reserved_stock: z.int() });

type Product = z.output<typeof product>;

/**
 * Makes a product that nobody else knows.
 * @throws Error when the API does not
 */
export async function makeProduct(api: ShopApi, units: number): Promise<Product> {
  const body = { name: 'Chaos test', price: '1.00', total_stock: units };
  return productIn(await api.decide({ method: 'POST', path: '/api/products/', body }));
}

/** What the books say otherwise than they should. */
export async function booksOff(
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
  if (!isDone(answer)) throw new Error(`The chaos test needs a product, but the API answered ${described(answer)}`);
  return product.parse(answer.data);
}

/** The id of what was made. */
export function idOf({ data }: Answer): string {
  return z.object({ id: z.string() }).parse(data).id;
}

/** Takes the product out of sale: nobody can buy what the test leaves behind. */
export async function retire(api: ShopApi, id: string): Promise<string[]> {
  const retired = await api.decide({ method: 'PATCH', path: `/api/products/${id}/`, body: { active: false } });
  return unexpected([retired].filter((answer) => !isDone(answer)));
}

/** Given back already: an answer before this one was lost on its way. The books tell whether it is true. */
export function isEnded({ status, code }: Answer): boolean {
  return status === 409 && (code === 'invalid-transition' || code === 'reservation-ended');
}

/** Answers that nobody should get, each kind once. */
export function unexpected(answers: readonly Answer[]): string[] {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(described(answer), (counts.get(described(answer)) ?? 0) + 1);
  return Array.from(counts, ([kind, count]) => `${count} unexpected: ${kind}`);
}

function described({ status, code, detail }: Answer): string {
  return [status, code, detail].filter((part) => part !== undefined).join(' ');
}
