import { setTimeout as delay } from 'node:timers/promises';
import { longestHold } from './orders.ts';
import { WrongResult } from './scenario.ts';
import type { Shop } from './shop.ts';
import { makeProducts, stockOf } from './stock.ts';
import type { System } from './system.ts';

/** Milliseconds that an answer about a product may be old, whoever died meanwhile: docs/decisions/0019. */
const boundMs = 1_500;
/** Milliseconds that it is old at most as long as nobody dies. */
export const promptMs = 100;

/** From the start of a sale to the start of the next. */
const everyMs = 100;
/** Between two looks: so gently that they do not hold up what they wait for. */
const lookEveryMs = 2;

/** What was seen of a sale elsewhere, in milliseconds since its answer, which comes behind its commit. */
export interface Seen {
  /** When the first answer with the new figure was there. */
  readonly newMs: number;
  /** When the last request was sent whose answer was still old; null when there was none. */
  readonly oldMs: number | null;
}

/**
 * Sells units one by one at a system, and looks at another of its APIs until that tells of each.
 * @returns what was seen of each sale, and how many orders were not placed
 * @throws WrongResult when something old was answered with longer than it may be
 */
export async function measureStaleness(
  system: System,
  elsewhere: Shop,
  sales: number,
  signal: AbortSignal,
): Promise<{ readonly seen: readonly Seen[]; readonly failed: number }> {
  const [product = ''] = await makeProducts(system, 1);
  const read = async () => availableIn(await elsewhere.get(`/api/products/${product}/`));
  const body = { product_id: product, quantity: 1, hold_seconds: longestHold };
  const seen: Seen[] = [];
  let failed = 0;
  for (let n = 0; n < sales; n++) {
    signal.throwIfAborted();
    const next = delay(everyMs);
    const { available } = await stockOf(system, product);
    // So that it is kept there when the sale comes.
    await read();
    const { status } = await system.shop.post('/api/create-order/', body);
    if (status === 201) seen.push(await seeSale(read, available - 1));
    else failed += 1;
    await next;
  }
  return { seen, failed };
}

/**
 * Looks until what is read is no more than `left`, from the moment it is called.
 * @throws WrongResult when more is read by a request that was sent later than the bound allows
 */
export async function seeSale(read: () => Promise<number>, left: number, mostMs = boundMs): Promise<Seen> {
  const soldAt = performance.now();
  let oldMs: number | null = null;
  for (;;) {
    // What is sent now is answered later still: whatever is old in there is at least as old as this.
    const sentMs = performance.now() - soldAt;
    const available = await read();
    if (available <= left) return { newMs: performance.now() - soldAt, oldMs };
    oldMs = sentMs;
    if (sentMs > mostMs) {
      const age = sentMs.toFixed(0);
      throw new WrongResult(`${age} ms after a sale ${available} units were still shown, of which ${left} were left.`);
    }
    await delay(lookEveryMs);
  }
}

/** @throws WrongResult when the answer is none about a product */
function availableIn({ status, body }: { readonly status: number; readonly body: string }): number {
  const found = /"available_stock":(\d+)/.exec(body)?.[1];
  if (status !== 200 || found === undefined) throw new WrongResult(`A product was answered with ${status}: ${body}`);
  return Number(found);
}
