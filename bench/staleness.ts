import { setTimeout as delay } from 'node:timers/promises';
import { longestHold } from './orders.ts';
import { WrongResult } from './scenario.ts';
import type { Answer, Shop } from './shop.ts';
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

/** What was seen of a sale elsewhere, in milliseconds. */
export interface Seen {
  /** From the beginning of the transaction, which its commit follows, to the first answer with the new figure. */
  readonly newMs: number;
  /** From the order's answer to the sending of the last request whose answer was still old; null when there was none. */
  readonly oldMs: number | null;
}

/**
 * Sells units one by one at a system, and looks at another of its APIs meanwhile, and until that tells of each.
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
    const began = system.shop.post('/api/create-order/', body).then(beginningOf);
    const watched = await watchSale(read, available - 1, began);
    if (watched === undefined) failed += 1;
    else seen.push({ newMs: watched.newAt - watched.began, oldMs: watched.oldMs });
    await next;
  }
  return { seen, failed };
}

/**
 * Looks until what is read is no more than `left`.
 * @param sale settles with the answer of the order: when its transaction began, or undefined when it was not placed
 * @returns when that was, and when the first new answer was there, in milliseconds since 1970; undefined when it was not placed
 * @throws WrongResult when more is read by a request that was sent later behind the sale than the bound allows
 */
export async function watchSale(
  read: () => Promise<number>,
  left: number,
  sale: Promise<number | undefined>,
  mostMs = boundMs,
): Promise<{ readonly began: number; readonly newAt: number; readonly oldMs: number | null } | undefined> {
  let answer: { readonly at: number; readonly began: number | undefined } | undefined;
  void sale.then((began) => {
    answer = { at: performance.now(), began };
  });
  let oldMs: number | null = null;
  for (;;) {
    // What is sent now is answered later still: whatever is old in there is at least as old as this.
    const sentAt = performance.now();
    const known = answer;
    const available = await read();
    if (available <= left) {
      const newAt = Date.now();
      const began = await sale;
      return began === undefined ? undefined : { began, newAt, oldMs };
    }
    if (known !== undefined) {
      if (known.began === undefined) return undefined;
      oldMs = sentAt - known.at;
      if (oldMs > mostMs) {
        const age = oldMs.toFixed(0);
        throw new WrongResult(
          `${age} ms after a sale ${available} units were still shown, of which ${left} were left.`,
        );
      }
    }
    await delay(lookEveryMs);
  }
}

/** Rows carry the time of the transaction that made them. */
function beginningOf({ status, body }: Answer): number | undefined {
  const at = /"created_at":"([^"]+)"/.exec(body)?.[1];
  return status === 201 && at !== undefined ? Date.parse(at) : undefined;
}

/** @throws WrongResult when the answer is none about a product */
function availableIn({ status, body }: Answer): number {
  const found = /"available_stock":(\d+)/.exec(body)?.[1];
  if (status !== 200 || found === undefined) throw new WrongResult(`A product was answered with ${status}: ${body}`);
  return Number(found);
}
