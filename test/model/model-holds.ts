// Who holds what and who waits for what, as plainly as the shelves.
import { findUnits, type Found } from './model-allocation.ts';
import type { Holding } from './model-holdings.ts';
import { presentOrder, sumsOf, type Line, type ModelOrder, type OrderItem } from './model-orders.ts';
import { ModelShelves } from './model-shelves.ts';
import { refused, type Refused } from './model-refusals.ts';
import { fromNewest, productNames, spans, type By, type Ending, type How, type ProductName } from './operations.ts';

export const endings = {
  confirmed: { status: 'confirmed', cancelReason: null, type: 'fulfilled', action: 'RESERVATION_FULFILLED' },
  released: { status: 'cancelled', cancelReason: 'requested', type: 'released', action: 'RESERVATION_RELEASED' },
  expired: { status: 'cancelled', cancelReason: 'expired', type: 'expired', action: 'RESERVATION_EXPIRED' },
};

type Units = Pick<OrderItem, 'product' | 'quantity'>;

export abstract class ModelHolds extends ModelShelves {
  /** Orders that were placed, in that order. */
  protected readonly placed: ModelOrder[] = [];
  /** In the order of their delivery. */
  protected readonly delivered: ModelOrder[] = [];
  /** Orders that expired, in that order. */
  protected readonly expired: ModelOrder[] = [];
  /** Reservations that stand alone. */
  protected readonly alone: Line[] = [];
  /** Who waits for each product, the first one first. */
  protected readonly lists: Readonly<Record<ProductName, ModelOrder[]>> = { tea: [], cup: [], pot: [] };

  /** The orders that wait for each product, in the order they are served. */
  listWaiting(): Record<string, object[]> {
    return Object.fromEntries(
      productNames.map((product) => [
        product,
        this.lists[product].map((order, index) => {
          const { name, placedBy, items } = order;
          return { order: name, position: index + 1, quantity: items[0]?.quantity, placedBy };
        }),
      ]),
    );
  }

  protected order(ago: number): ModelOrder | undefined {
    return fromNewest(this.placed, ago);
  }

  protected present(order: ModelOrder): object {
    return presentOrder(order, this.place(order));
  }

  /** From 1; null of an order that does not wait. */
  protected place(order: ModelOrder): number | null {
    const place = Object.values(this.lists).map((list) => list.indexOf(order) + 1);
    return Math.max(...place) || null;
  }

  /** What everybody has by now. */
  protected holdings(): Holding[] {
    const held = (line: Line, by: string): Holding => ({ ...line, by });
    const lines = this.placed.flatMap((order) => order.lines.map((line) => ({ line, by: order.name })));
    const alone = this.alone.map((line) => ({ line, by: line.name }));
    const active = [...lines, ...alone].filter(({ line }) => line.ended === null);
    const waits = Object.values(this.lists)
      .flat()
      .flatMap(({ name, placedBy, items }) => items.map((item): Holding => ({ ...item, holder: placedBy, by: name })));
    return [...active.map(({ line, by }) => held(line, by)), ...waits];
  }

  protected turns(products: Iterable<string>): string[] {
    const heads = [...new Set(products)].flatMap((product) => this.lists[product as ProductName]?.[0] ?? []);
    return heads
      .filter((order) => this.turnOf(order) !== null)
      .map(({ name }) => name)
      .toSorted();
  }

  /** The units of the first in a list; null when its turn has not come. */
  protected turnOf(order: ModelOrder): Readonly<Record<string, number>> | null {
    const [item] = order.items;
    if (!item || this.place(order) !== 1 || !this.onSale.get(item.product)) return null;
    const found = findUnits(
      [item],
      this.places(() => false),
      order.how,
    );
    return 'from' in found ? (found.from[0] ?? null) : null;
  }

  /** Units for somebody who comes now: of what others wait for there is nothing. @param closed what is not to be had either */
  protected find(wanted: readonly Units[], how: How, closed: (product: ProductName) => boolean = () => false): Found {
    const places = this.places((product) => this.lists[product].length > 0 || closed(product));
    return findUnits(wanted, places, how);
  }

  protected shortages(found: Found) {
    if ('from' in found) return [];
    return found.short.map(({ product, ...units }) => {
      const waiting = this.lists[product as ProductName].length;
      return { productId: product, sku: product, ...units, ...(waiting > 0 ? { waiting } : {}) };
    });
  }

  protected short(found: Found): Refused {
    return refused('insufficient-stock', { shortages: this.shortages(found) });
  }

  protected write(by: By, order: ModelOrder): void {
    const { quantity, total } = sumsOf(order);
    const { name, rescuedFrom } = order;
    const from = rescuedFrom === null ? {} : { rescued_from: rescuedFrom };
    this.books.log(by, 'ORDER_CREATED', name, null, { status: 'pending', quantity, total, ...from });
    this.placed.push(order);
    for (const line of order.lines) this.hold(by, line, name);
  }

  protected wait(by: By, order: ModelOrder, { product, quantity }: Units): void {
    this.write(by, order);
    this.lists[product].push(order);
    this.books.log(by, 'WAITING_STARTED', order.name, null, { product, qty: quantity, seconds: spans.wait });
  }

  protected leaveList(by: By, order: ModelOrder, endedAs: string): void {
    for (const { product, quantity: qty } of order.items) {
      this.lists[product].splice(this.lists[product].indexOf(order), 1);
      this.books.log(by, 'WAITING_ENDED', order.name, { product, qty }, { product, qty, ended_as: endedAs });
    }
  }

  protected hold(by: By, { name, product, quantity, from }: Line, order: string | null): void {
    this.books.log(by, 'RESERVATION_CREATED', name, null, { qty: quantity });
    for (const [warehouse, units] of Object.entries(from)) {
      const delta = { total: 0, available: -units, reserved: units };
      this.books.move(by, 'reserved', `${product}/${warehouse}`, delta, { order, reservation: name });
    }
  }

  protected end(by: By, line: Line, as: Ending, order: string | null): void {
    const { name, product, quantity, from } = line;
    const { type, action } = endings[as];
    line.ended = as;
    this.books.log(by, action, name, { qty: quantity }, { qty: quantity });
    for (const [warehouse, units] of Object.entries(from)) {
      const sold = { total: -units, available: 0, reserved: -units };
      const back = { total: 0, available: units, reserved: -units };
      const delta = as === 'confirmed' ? sold : back;
      this.books.move(by, type, `${product}/${warehouse}`, delta, { order, reservation: name });
    }
  }

  protected goTo(by: By, order: ModelOrder, status: string, cancelReason: string | null): void {
    this.books.log(by, 'ORDER_STATUS_CHANGED', order.name, { status: order.status }, { status });
    order.status = status;
    order.cancelReason = cancelReason;
    if (status === 'delivered') this.delivered.push(order);
    if (cancelReason === 'expired') this.expired.push(order);
  }
}
