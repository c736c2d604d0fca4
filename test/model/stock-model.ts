// The shop as it should be, in plain memory and in the plainest words. It shares no rule with src/: what both get wrong in the same way
// no test would notice.
import { findUnits, type Place } from './model-allocation.ts';
import { ModelBooks } from './model-books.ts';
import { money, presentLine, presentOrder, prices, type Line, type ModelOrder } from './model-orders.ts';
import {
  fromNewest,
  productNames,
  type Actions,
  type Answer,
  type AnyProduct,
  type By,
  type Ending,
  type How,
  type Inputs,
  type Item,
  type Opening,
  type ProductName,
} from './operations.ts';

/** A request for an order or a reservation, and what came of it for good. */
interface Placement<T> {
  readonly name: string;
  readonly placed: T | null;
  readonly refusal: Answer | null;
}

interface ModelWarehouse {
  readonly priority: number;
  readonly active: boolean;
  readonly region: string | null;
}

interface ModelReturn {
  readonly back: string;
  readonly order: string;
  readonly line: number;
  readonly product: string;
  readonly quantity: number;
  readonly warehouse: string | null;
}

const nextSteps: Readonly<Record<string, readonly string[]>> = {
  pending: ['confirmed', 'cancelled'],
  confirmed: ['processing', 'cancelled'],
  processing: ['shipped'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
};

const endings = {
  confirmed: { status: 'confirmed', cancelReason: null, type: 'fulfilled', action: 'RESERVATION_FULFILLED' },
  released: { status: 'cancelled', cancelReason: 'requested', type: 'released', action: 'RESERVATION_RELEASED' },
  expired: { status: 'cancelled', cancelReason: 'expired', type: 'expired', action: 'RESERVATION_EXPIRED' },
};

export class StockModel implements Actions<Answer> {
  readonly books = new ModelBooks();
  readonly orders: Placement<ModelOrder>[] = [];
  readonly reservations: Placement<Line>[] = [];
  readonly #onSale = new Map<string, boolean>();
  readonly returns: Placement<ModelReturn>[] = [];
  readonly #warehouses = new Map<string, ModelWarehouse>([
    ['MAIN', { priority: 100, active: true, region: null }],
    ['EAST', { priority: 100, active: true, region: 'north' }],
    ['WEST', { priority: 100, active: true, region: 'south' }],
  ]);
  /** In the order of their delivery. */
  readonly #delivered: ModelOrder[] = [];
  #transfers = 0;

  open(by: By, opening: Opening): void {
    for (const [product, shelves] of Object.entries(opening) as [ProductName, Opening[ProductName]][]) {
      this.#onSale.set(product, true);
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

  placeOrder(by: By, { items, how }: Inputs['placeOrder']): Answer {
    const name = `order ${this.orders.length}`;
    const found = this.#find(items, how, (n) => `${name} line ${n + 1}`);
    if ('refused' in found) {
      this.orders.push({ name, placed: null, refusal: found });
      return found;
    }
    const order: ModelOrder = { name, status: 'pending', cancelReason: null, how, lines: found.lines };
    this.orders.push({ name, placed: order, refusal: null });
    const { status, quantity, total } = presentOrder(order);
    this.books.log(by, 'ORDER_CREATED', name, null, { status, quantity, total });
    for (const line of order.lines) this.#hold(by, line, name);
    return { done: presentOrder(order) };
  }

  reserve(by: By, item: Inputs['reserve']): Answer {
    const name = `reservation ${this.reservations.length}`;
    const found = this.#find([item], item.how, () => name);
    if ('refused' in found) {
      this.reservations.push({ name, placed: null, refusal: found });
      return found;
    }
    const [line] = found.lines as [Line];
    this.reservations.push({ name, placed: line, refusal: null });
    this.#hold(by, line, null);
    return { done: presentLine(line) };
  }

  placeAgain(_by: By, { what, ago }: Inputs['placeAgain']): Answer {
    if (what === 'order') {
      const first = fromNewest(this.orders, ago);
      return first?.refusal ?? { done: first?.placed ? presentOrder(first.placed) : null };
    }
    if (what === 'return') {
      const first = fromNewest(this.returns, ago);
      return first?.refusal ?? { done: first?.placed ?? null };
    }
    const first = fromNewest(this.reservations, ago);
    return first?.refusal ?? { done: first?.placed ? presentLine(first.placed) : null };
  }

  /** Every order as it stands now; null for those that were refused. */
  listOrders(): unknown[] {
    return this.orders.map(({ placed }) => (placed ? presentOrder(placed) : null));
  }

  endOrder(by: By, { ago, as }: Inputs['endOrder']): Answer {
    const order = this.#placedOrder(ago);
    if (!order) return notFound('Order', 'nothing');
    const { status, cancelReason } = endings[as];
    if (order.status === status && order.cancelReason === cancelReason) return { done: presentOrder(order) };
    if (order.status !== 'pending') return noSuchStep(order.status, status);
    this.#goTo(by, order, status, cancelReason);
    for (const line of order.lines) this.#end(by, line, as, order.name);
    return { done: presentOrder(order) };
  }

  endReservation(by: By, { ago, as }: Inputs['endReservation']): Answer {
    const placed = this.reservations.flatMap(({ placed }) => placed ?? []);
    const line = fromNewest(placed, ago);
    if (!line) return notFound('Reservation', 'nothing');
    if (line.ended === null) this.#end(by, line, as, null);
    else if (line.ended !== as) return refused('reservation-ended', { endedAs: line.ended });
    return { done: presentLine(line) };
  }

  endLine(_by: By, { ago }: Inputs['endLine']): Answer {
    const order = this.#placedOrder(ago);
    return order ? refused('belongs-to-order', { orderId: order.name }) : notFound('Reservation', 'nothing');
  }

  advance(by: By, { ago, to }: Inputs['advance']): Answer {
    const order = this.#placedOrder(ago);
    if (!order) return notFound('Order', 'nothing');
    if (order.status === to && order.cancelReason !== 'expired') return { done: presentOrder(order) };
    if (order.status === 'pending' || !nextSteps[order.status]?.includes(to)) return noSuchStep(order.status, to);
    this.#goTo(by, order, to, to === 'cancelled' ? 'requested' : null);
    if (to === 'cancelled') {
      for (const { product, from, name: reservation } of order.lines) {
        for (const [warehouse, units] of Object.entries(from)) {
          const of = { order: order.name, reservation };
          this.books.count(by, 'restocked', product, warehouse, units, 'order cancelled', of);
        }
      }
    }
    return { done: presentOrder(order) };
  }

  deliver(by: By, { ago }: Inputs['deliver']): Answer {
    const steps = (['processing', 'shipped', 'delivered'] as const).map((to) => () => this.advance(by, { ago, to }));
    return { done: [this.endOrder(by, { ago, as: 'confirmed' }), ...steps.map((step) => step())] };
  }

  adjust(by: By, { product, warehouse, delta }: Inputs['adjust']): Answer {
    if (warehouse === 'NOWHERE') return notFound('Warehouse', warehouse);
    if (product === 'ghost') return notFound('Product', product);
    const { total, available, reserved } = this.books.level(product, warehouse);
    if (available + delta < 0) return refused('stock-conflict', { total, reserved, delta, warehouse });
    this.books.count(by, 'adjusted', product, warehouse, delta, 'counted');
    return { done: this.#product(product) };
  }

  sell(by: By, { product, active }: Inputs['sell']): Answer {
    const before = this.#onSale.get(product);
    if (before === undefined) return notFound('Product', product);
    if (before !== active) this.books.log(by, 'PRODUCT_UPDATED', product, { active: before }, { active });
    this.#onSale.set(product, active);
    return { done: this.#product(product) };
  }

  setTotal(by: By, { product, warehouse, setTo, expected }: Inputs['setTotal']): Answer {
    if (warehouse === 'NOWHERE') return notFound('Warehouse', warehouse);
    if (product === 'ghost') return notFound('Product', product);
    const { total, available, reserved } = this.books.level(product, warehouse);
    if (expected !== null && expected !== total) return refused('stock-moved', { warehouse, expected, total });
    const delta = setTo - total;
    if (available + delta < 0) return refused('stock-conflict', { total, reserved, delta, warehouse });
    if (delta !== 0) this.books.count(by, 'adjusted', product, warehouse, delta, 'counted');
    return { done: this.#product(product) };
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
    return { done: { transfer, product, from, to, quantity } };
  }

  returnItems(by: By, input: Inputs['returnItems']): Answer {
    const name = `return ${this.returns.length}`;
    const answer = this.#takeBack(by, name, input);
    if ('refused' in answer) this.returns.push({ name, placed: null, refusal: answer });
    return answer;
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
    return { done: after };
  }

  #takeBack(by: By, back: string, { of, ago, line: number, quantity, warehouse }: Inputs['returnItems']): Answer {
    const order = of === 'placed' ? this.#placedOrder(ago) : fromNewest(this.#delivered, ago);
    if (!order) return notFound('Order', 'nothing');
    const line = order.lines[number - 1];
    if (!line) return notFound('Line', `${number} of order ${order.name}`);
    if (warehouse === 'NOWHERE') return notFound('Warehouse', warehouse);
    if (order.status !== 'delivered') return refused('not-delivered', { orderId: order.name, status: order.status });
    const earlier = this.returns.flatMap(({ placed }) => placed ?? []).filter((one) => one.order === order.name);
    const returned = earlier.filter((one) => one.line === number).reduce((sum, one) => sum + one.quantity, 0);
    const delivered = line.quantity;
    if (returned + quantity > delivered) {
      return refused('return-exceeds-delivery', { line: number, delivered, returned, requested: quantity });
    }
    const { product } = line;
    const made = { back, order: order.name, line: number, product, quantity, warehouse };
    this.returns.push({ name: back, placed: made, refusal: null });
    const restock = warehouse !== null;
    const says = { return: back, line: number, qty: quantity, restock, warehouse, reason: 'too small' };
    this.books.log(by, 'ITEMS_RETURNED', order.name, null, says);
    if (warehouse !== null) {
      const level = `${product}/${warehouse}`;
      const before = this.books.level(product, warehouse);
      const delta = { total: quantity, available: quantity, reserved: 0 };
      this.books.move(by, 'returned', level, delta, { order: order.name, back }, 'too small');
      this.books.log(by, 'STOCK_ADJUSTED', level, before, {
        ...this.books.level(product, warehouse),
        reason: 'returned',
      });
    }
    return { done: made };
  }

  #placedOrder(ago: number): ModelOrder | undefined {
    const placed = this.orders.flatMap(({ placed }) => placed ?? []);
    return fromNewest(placed, ago);
  }

  /** Finds units for every item, or says why not; takes none yet. */
  #find(items: readonly Item[], how: How, nameOf: (n: number) => string): { lines: Line[] } | Refused {
    const sums = new Map<AnyProduct, number>();
    for (const { product, quantity } of items) sums.set(product, (sums.get(product) ?? 0) + quantity);
    const wanted: { readonly product: ProductName; readonly quantity: number }[] = [];
    for (const [product, quantity] of sums) {
      if (product === 'ghost') return notFound('Product', product);
      if (!this.#onSale.get(product)) return refused('product-inactive', { productId: product, sku: product });
      wanted.push({ product, quantity });
    }
    const found = findUnits(wanted, this.#openPlaces(), how);
    if ('short' in found) {
      const shortages = found.short.map(({ product, ...units }) => ({ productId: product, sku: product, ...units }));
      return refused('insufficient-stock', { shortages });
    }
    return { lines: wanted.map((one, n) => ({ name: nameOf(n), ...one, from: found.from[n] ?? {}, ended: null })) };
  }

  /** The warehouses that take reservations, in the order they are used. */
  #openPlaces(): Place[] {
    return [...this.#warehouses]
      .filter(([, { active }]) => active)
      .sort(([a, one], [b, two]) => one.priority - two.priority || (a < b ? -1 : 1))
      .map(([warehouse, { region }]) => {
        const available = productNames.map((product) => [product, this.books.level(product, warehouse).available]);
        return { warehouse, region, available: Object.fromEntries(available) };
      });
  }

  #hold(by: By, { name, product, quantity, from }: Line, order: string | null): void {
    this.books.log(by, 'RESERVATION_CREATED', name, null, { qty: quantity });
    for (const [warehouse, units] of Object.entries(from)) {
      const delta = { total: 0, available: -units, reserved: units };
      this.books.move(by, 'reserved', `${product}/${warehouse}`, delta, { order, reservation: name });
    }
  }

  #end(by: By, line: Line, as: Ending, order: string | null): void {
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

  #goTo(by: By, order: ModelOrder, status: string, cancelReason: string | null): void {
    this.books.log(by, 'ORDER_STATUS_CHANGED', order.name, { status: order.status }, { status });
    order.status = status;
    order.cancelReason = cancelReason;
    if (status === 'delivered') this.#delivered.push(order);
  }

  #product(product: AnyProduct): object {
    return { active: this.#onSale.get(product), ...this.books.sum(product) };
  }
}

type Refused = Answer & { readonly refused: unknown };

function refused(code: string, details: unknown): Refused {
  return { refused: { code, details } };
}

function notFound(objectType: string, id: string): Refused {
  return refused('not-found', { objectType, id });
}

function noSuchStep(from: string, to: string): Answer {
  return refused('invalid-transition', { from, to, allowed: nextSteps[from] });
}
