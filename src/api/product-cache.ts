import type { Logger } from 'pino';
import { allocate, takeable, type AllocationRule } from '../domain/allocation.ts';
import type { DomainError } from '../domain/errors.ts';
import { openLevels, shortagesOf } from '../domain/fulfilment-plan.ts';
import { notEnough } from '../domain/not-enough.ts';
import { sumByProduct, type RequestedItem } from '../domain/order.ts';
import type { Product } from '../domain/product.ts';
import type { Queryable } from '../persistence/database.ts';
import type { ChangedProducts } from '../persistence/change-feed.ts';
import { readProduct } from '../persistence/products.ts';
import { readStock, type LockedProduct } from '../persistence/stock-levels.ts';
import { ReadThrough } from './read-through.ts';

/** Who knows what changes, whichever process changes it. */
export interface Changes {
  /** Whether the word about changes is recent enough to keep anything. */
  isFresh(): boolean;
  /** Returns when all has been told that was committed before the call. @throws when nobody can tell */
  catchUp(): Promise<void>;
}

export interface ProductCacheParts {
  readonly db: Queryable;
  readonly changes: Changes;
  /** A product as callers get it. */
  readonly render: (product: Product) => unknown;
  /** The most units of one product that an order may have; what is beyond is refused for that. */
  readonly lineUnits?: number | null;
  readonly log: Pick<Logger, 'info'>;
}

/** Milliseconds between two lines in the log. */
const logEvery = 60_000;

/** Characters, about, that one stock level and one product take. */
const sizes = { level: 250, product: 500 } as const;

/**
 * What this process knows of products: what they are, as it is answered, and what is in stock. Nothing in it depends on who asks, and nothing
 * of it decides a sale. While nobody says what changes, everything is read from the database.
 */
export class ProductCache {
  readonly #changes: Changes;
  readonly #lineUnits: number | null;
  readonly #log: Pick<Logger, 'info'>;
  readonly #pages: ReadThrough<string>;
  readonly #stock: ReadThrough<LockedProduct>;
  readonly #readPage: (id: string) => Promise<string | undefined>;
  #timer: NodeJS.Timeout | undefined;
  /** Requests that may have changed something, and how many of them are taken into account. */
  #writes = 0;
  #caughtUp = 0;
  #counts = { hits: 0, misses: 0, early_refusals: 0, invalidations: 0 };

  constructor({ db, changes, render, lineUnits = null, log }: ProductCacheParts) {
    this.#changes = changes;
    this.#lineUnits = lineUnits;
    this.#log = log;
    this.#readPage = async (id) => {
      const product = await readProduct(db, id);
      return product && JSON.stringify(render(product));
    };
    this.#pages = new ReadThrough(this.#readPage, (page) => page.length);
    this.#stock = new ReadThrough(
      async (id) => (await readStock(db, [id])).get(id),
      ({ levels }) => sizes.product + levels.length * sizes.level,
    );
  }

  /** Begins to log how often it was of use. */
  start(): void {
    this.#timer = setInterval(() => this.#tell(), logEvery);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#tell();
  }

  /** A product as JSON, or undefined when there is none. */
  async read(id: string): Promise<string | undefined> {
    if (!(await this.#isCurrent())) {
      this.#counts.misses += 1;
      return this.#readPage(id);
    }
    if (this.#pages.peek(id) === undefined) this.#counts.misses += 1;
    else this.#counts.hits += 1;
    return this.#pages.get(id);
  }

  /**
   * The refusal of an order for something of which nothing is left, without asking the database. It is the one that a workflow would
   * answer with, and undefined whenever that is not certain.
   */
  async refusalOf(
    asked: readonly RequestedItem[],
    rule: AllocationRule,
  ): Promise<DomainError<'insufficient-stock'> | undefined> {
    const items = sumByProduct(asked);
    // Most products are not sold out: these wait for nothing.
    if (items.some(({ productId }) => this.#stock.peek(productId) === undefined)) return undefined;
    const most = this.#lineUnits;
    if (most !== null && items.some(({ quantity }) => quantity > most)) return undefined;
    if (!(await this.#isCurrent())) return undefined;
    const wanted = items.flatMap(({ productId, quantity }) => {
      const product = this.#stock.peek(productId);
      return product?.active ? [{ product, quantity, levels: openLevels(product) }] : [];
    });
    if (wanted.length < items.length || wanted.every(({ levels }) => takeable(levels) > 0)) return undefined;
    const outcome = allocate(wanted, rule);
    if ('met' in outcome) return undefined;
    this.#counts.early_refusals += 1;
    return notEnough({ shortages: shortagesOf(outcome), closest: outcome.closest }, rule);
  }

  /** Looks what is left of products that somebody could not have, so that the next can be told at once. Nobody waits for it. */
  lookAt(items: readonly RequestedItem[]): void {
    if (!this.#changes.isFresh()) return;
    for (const { productId } of items) void this.#stock.get(productId).catch(() => undefined);
  }

  /** Says that a request of this process may have changed something: what is read from now on is no older than that. */
  wrote(): void {
    this.#writes += 1;
  }

  /** Forgets what has changed. */
  forget(products: ChangedProducts): void {
    if (products === 'everything') {
      this.#counts.invalidations += 1;
      this.clear();
      return;
    }
    for (const id of products) {
      const forgotten = [this.#pages.forget(id), this.#stock.forget(id)];
      if (forgotten.includes(true)) this.#counts.invalidations += 1;
    }
  }

  clear(): void {
    this.#pages.clear();
    this.#stock.clear();
  }

  /** Whether what is kept can be answered with: nobody is silent, and all that this process has written is in it. */
  async #isCurrent(): Promise<boolean> {
    if (!this.#changes.isFresh()) return false;
    const writes = this.#writes;
    if (this.#caughtUp >= writes) return true;
    try {
      await this.#changes.catchUp();
    } catch {
      return false;
    }
    this.#caughtUp = Math.max(this.#caughtUp, writes);
    return this.#changes.isFresh();
  }

  #tell(): void {
    const counts = this.#counts;
    if (counts.hits + counts.misses + counts.early_refusals === 0) return;
    this.#counts = { hits: 0, misses: 0, early_refusals: 0, invalidations: 0 };
    this.#log.info(counts, 'product cache');
  }
}
