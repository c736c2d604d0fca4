// Products, warehouses and what lies where, in plain memory and in the plainest words. It shares no rule with src/: what both get wrong in
// the same way no test would notice.
import type { Place } from './model-allocation.ts';
import { ModelBooks } from './model-books.ts';
import { money, prices } from './model-orders.ts';
import { notFound, refused } from './model-refusals.ts';
import {
  productNames,
  type Answer,
  type AnyProduct,
  type By,
  type Inputs,
  type Opening,
  type ProductName,
} from './operations.ts';

interface ModelWarehouse {
  readonly priority: number;
  readonly active: boolean;
  readonly region: string | null;
}

export abstract class ModelShelves {
  readonly books = new ModelBooks();
  protected readonly onSale = new Map<string, boolean>();
  protected readonly prices = new Map<string, number>(Object.entries(prices));
  readonly #warehouses = new Map<string, ModelWarehouse>([
    ['MAIN', { priority: 100, active: true, region: null }],
    ['EAST', { priority: 100, active: true, region: 'north' }],
    ['WEST', { priority: 100, active: true, region: 'south' }],
  ]);
  #transfers = 0;

  /** Who waits first for one of these products and could be served now. */
  protected abstract turns(products: Iterable<string>): string[];

  open(by: By, opening: Opening): void {
    for (const [product, shelves] of Object.entries(opening) as [ProductName, Opening[ProductName]][]) {
      this.onSale.set(product, true);
      const created = { sku: product, name: product, price: money(prices[product]), active: true };
      this.books.log(by, 'PRODUCT_CREATED', product, null, created);
      this.books.open(product, 'MAIN');
      if (shelves.MAIN > 0) this.books.count(by, 'received', product, 'MAIN', shelves.MAIN, 'initial stock');
      for (const warehouse of ['EAST', 'WEST'] as const) {
        const delta = shelves[warehouse];
        if (delta > 0) this.adjust(by, { product, warehouse, delta });
      }
    }
  }

  adjust(by: By, { product, warehouse, delta }: Inputs['adjust']): Answer {
    if (warehouse === 'NOWHERE') return notFound('Warehouse', warehouse);
    if (product === 'ghost') return notFound('Product', product);
    const { total, available, reserved } = this.books.level(product, warehouse);
    if (available + delta < 0) return refused('stock-conflict', { total, reserved, delta, warehouse });
    this.books.count(by, 'adjusted', product, warehouse, delta, 'counted');
    return this.#product(product);
  }

  sell(by: By, { product, active }: Inputs['sell']): Answer {
    const before = this.onSale.get(product);
    if (before === undefined) return notFound('Product', product);
    if (before !== active) this.books.log(by, 'PRODUCT_UPDATED', product, { active: before }, { active });
    this.onSale.set(product, active);
    return this.#product(product);
  }

  reprice(by: By, { product, price }: Inputs['reprice']): Answer {
    const before = this.prices.get(product);
    if (before === undefined) return notFound('Product', product);
    const entry = [{ price: money(before) }, { price: money(price) }] as const;
    if (before !== price) this.books.log(by, 'PRODUCT_UPDATED', product, ...entry);
    this.prices.set(product, price);
    return this.#product(product);
  }

  setTotal(by: By, { product, warehouse, setTo, expected }: Inputs['setTotal']): Answer {
    if (warehouse === 'NOWHERE') return notFound('Warehouse', warehouse);
    if (product === 'ghost') return notFound('Product', product);
    const { total, available, reserved } = this.books.level(product, warehouse);
    if (expected !== null && expected !== total) return refused('stock-moved', { warehouse, expected, total });
    const delta = setTo - total;
    if (available + delta < 0) return refused('stock-conflict', { total, reserved, delta, warehouse });
    if (delta !== 0) this.books.count(by, 'adjusted', product, warehouse, delta, 'counted');
    return this.#product(product);
  }

  transfer(by: By, { product, from, to, quantity }: Inputs['transfer']): Answer {
    const transfer = `transfer ${this.#transfers++}`;
    if (from === 'NOWHERE' || to === 'NOWHERE') return notFound('Warehouse', 'NOWHERE');
    if (product === 'ghost') return notFound('Product', product);
    const { total, available, reserved } = this.books.level(product, from);
    if (available < quantity) return refused('stock-conflict', { total, reserved, delta: -quantity, warehouse: from });
    for (const [type, warehouse, units] of [
      ['transferred-out', from, -quantity],
      ['transferred-in', to, quantity],
    ] as const) {
      const level = `${product}/${warehouse}`;
      const before = this.books.level(product, warehouse);
      this.books.move(by, type, level, { total: units, available: units, reserved: 0 }, { transfer }, 'moved');
      const after = { ...this.books.level(product, warehouse), reason: 'moved', transfer };
      this.books.log(by, 'STOCK_TRANSFERRED', level, before, after);
    }
    return { done: { transfer, product, from, to, quantity }, turns: this.turns([product]) };
  }

  changeWarehouse(by: By, { warehouse, priority, active, region }: Inputs['changeWarehouse']): Answer {
    const before = this.#warehouses.get(warehouse);
    if (!before) return notFound('Warehouse', warehouse);
    if (warehouse === 'MAIN' && !active) return refused('default-warehouse', { warehouse });
    const after = { priority, active, region };
    const changed = (['priority', 'active', 'region'] as const).filter((field) => before[field] !== after[field]);
    const pick = (of: ModelWarehouse) => Object.fromEntries(changed.map((field) => [field, of[field]]));
    if (changed.length > 0) this.books.log(by, 'WAREHOUSE_UPDATED', warehouse, pick(before), pick(after));
    this.#warehouses.set(warehouse, after);
    return { done: after, turns: this.turns(productNames) };
  }

  /** The warehouses that take reservations, in the order they are used. @param closed products of which nothing is to be had */
  protected places(closed: (product: ProductName) => boolean): Place[] {
    return [...this.#warehouses]
      .filter(([, { active }]) => active)
      .sort(([a, one], [b, two]) => one.priority - two.priority || (a < b ? -1 : 1))
      .map(([warehouse, { region }]) => {
        const available = productNames.map((product) => {
          return [product, closed(product) ? 0 : this.books.level(product, warehouse).available];
        });
        return { warehouse, region, available: Object.fromEntries(available) };
      });
  }

  #product(product: AnyProduct): Answer {
    return { done: { active: this.onSale.get(product), ...this.books.sum(product) }, turns: this.turns([product]) };
  }
}
