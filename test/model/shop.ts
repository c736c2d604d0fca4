import type { Knex } from 'knex';
import { v4, v7 } from 'uuid';
import { reservationIdOf } from '../../src/activities/place-order.ts';
import type { ReserveOrderInput } from '../../src/activities/reserve-order.ts';
import { type ReserveStockInput } from '../../src/activities/reserve-stock.ts';
import { type ReturnItemsInput } from '../../src/activities/return-items.ts';
import { changeProduct, createProduct } from '../../src/api/catalogue.ts';
import { adjustStock, transferStock } from '../../src/api/stock.ts';
import { changeWarehouse } from '../../src/api/warehouses.ts';
import type { Cause } from '../../src/domain/audit.ts';
import { DomainError } from '../../src/domain/errors.ts';
import type { Order } from '../../src/domain/order.ts';
import type { Product } from '../../src/domain/product.ts';
import type { Return } from '../../src/domain/return.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { patiently } from '../support/patience.ts';
import {
  fromNewest,
  productNames,
  warehouseNames,
  type Actions,
  type Answer,
  type By,
  type Inputs,
  type Opening,
} from './operations.ts';
import {
  advanceOrder,
  endOrderHold,
  endReservationHold,
  reserveOrder,
  reserveStock,
  returnItems,
} from '../support/acting.ts';

const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** The real functions on a real database, which take and give the names of the model instead of ids. */
export class Shop implements Actions<Promise<Answer>> {
  readonly db: Knex;
  /** The newest rows of ledger and audit log before this shop opened. */
  readonly since: { readonly movement: string; readonly entry: string };
  readonly products: Readonly<Record<string, string>>;
  readonly orders: ReserveOrderInput[] = [];
  readonly reservations: ReserveStockInput[] = [];
  /** Ids of those that were placed and not refused. */
  readonly #placedOrders: string[] = [];
  readonly #placedReservations: string[] = [];
  /** Ids of those that somebody was told of as delivered, in the order of their delivery. */
  readonly #delivered = new Set<string>();
  readonly #returns: ReturnItemsInput[] = [];
  #transfers = 0;
  readonly #steps = new Map<string, By>();
  readonly #names: Map<string, string>;

  private constructor(db: Knex, since: Shop['since']) {
    this.db = db;
    this.since = since;
    const products = [...productNames, 'ghost'].map((name) => [name, v7()] as const);
    this.products = Object.fromEntries(products);
    this.#names = new Map(products.map(([name, id]) => [id, name]));
  }

  /** Opens new products in the warehouses, which are as the model's are at first. */
  static async open(db: Knex, by: By, opening: Opening): Promise<Shop> {
    const newest = async (table: string) => {
      const row: { id: string } | undefined = await db(table).orderBy('id', 'desc').first('id');
      return row?.id ?? '0';
    };
    const since = { movement: await newest('stock_movements'), entry: await newest('audit_log') };
    const regions = { MAIN: null, EAST: 'north', WEST: 'south' };
    await db('warehouses')
      .insert(
        warehouseNames.map((code) => ({
          id: v4(),
          code,
          name: code,
          priority: 100,
          active: true,
          region: regions[code],
        })),
      )
      .onConflict('code')
      .merge(['priority', 'active', 'region']);
    const shop = new Shop(db, since);
    for (const name of productNames) {
      const id = shop.#idOf(name);
      const { MAIN, EAST, WEST } = opening[name];
      // A SKU that is an id, so that it is read as the name as well.
      const product = { id, sku: id, name, priceMinor: { tea: 250n, cup: 999n, pot: 1n }[name] };
      await createProduct(db, product, [{ warehouse: 'MAIN', units: MAIN }], shop.#cause(by));
      if (EAST > 0) await shop.adjust(by, { product: name, warehouse: 'EAST', delta: EAST });
      if (WEST > 0) await shop.adjust(by, { product: name, warehouse: 'WEST', delta: WEST });
    }
    return shop;
  }

  placeOrder(by: By, { items, how }: Inputs['placeOrder']): Promise<Answer> {
    const wanted = items.map(({ product, quantity }) => ({ productId: this.#idOf(product), quantity }));
    const asked = { items: wanted, holdSeconds: 600, reference: null, allocation: how.strategy, region: how.region };
    const input = { orderId: v7(), ...asked };
    const name = `order ${this.orders.push(input) - 1}`;
    this.#names.set(input.orderId, name);
    for (const n of [1, 2, 3]) this.#names.set(reservationIdOf(input.orderId, n), `${name} line ${n}`);
    return this.#answer(async () => {
      const { order } = await reserveOrder(this.db, input, this.#cause(by));
      this.#placedOrders.push(order.id);
      return this.#order(order);
    });
  }

  reserve(by: By, { product, quantity, how }: Inputs['reserve']): Promise<Answer> {
    const asked = { productId: this.#idOf(product), quantity, holdSeconds: 600 };
    const input = { reservationId: v7(), ...asked, allocation: how.strategy, region: how.region };
    this.#names.set(input.reservationId, `reservation ${this.reservations.push(input) - 1}`);
    return this.#answer(async () => {
      const { reservation } = await reserveStock(this.db, input, this.#cause(by));
      this.#placedReservations.push(reservation.id);
      return presentHold(reservation);
    });
  }

  placeAgain(by: By, { what, ago }: Inputs['placeAgain']): Promise<Answer> {
    return this.#answer(async () => {
      if (what === 'order') {
        const input = fromNewest(this.orders, ago);
        return input ? this.#order((await reserveOrder(this.db, input, this.#cause(by))).order) : null;
      }
      if (what === 'return') {
        const input = fromNewest(this.#returns, ago);
        return input ? presentReturn(await returnItems(this.db, input, this.#cause(by))) : null;
      }
      const input = fromNewest(this.reservations, ago);
      return input ? presentHold((await reserveStock(this.db, input, this.#cause(by))).reservation) : null;
    });
  }

  endOrder(by: By, { ago, as }: Inputs['endOrder']): Promise<Answer> {
    const orderId = fromNewest(this.#placedOrders, ago) ?? this.#nothing();
    return this.#answer(async () => this.#order(await endOrderHold(this.db, { orderId }, as, this.#cause(by))));
  }

  endReservation(by: By, { ago, as }: Inputs['endReservation']): Promise<Answer> {
    return this.#endHold(by, fromNewest(this.#placedReservations, ago) ?? this.#nothing(), as);
  }

  endLine(by: By, { ago, as }: Inputs['endLine']): Promise<Answer> {
    const orderId = fromNewest(this.#placedOrders, ago);
    return this.#endHold(by, orderId === undefined ? this.#nothing() : reservationIdOf(orderId, 1), as);
  }

  advance(by: By, { ago, to }: Inputs['advance']): Promise<Answer> {
    const orderId = fromNewest(this.#placedOrders, ago) ?? this.#nothing();
    const input = { orderId, newStatus: to };
    return this.#answer(async () => {
      const order = await advanceOrder(this.db, input, this.#cause(by));
      if (order.status === 'delivered') this.#delivered.add(order.id);
      return this.#order(order);
    });
  }

  async deliver(by: By, { ago }: Inputs['deliver']): Promise<Answer> {
    const answers = [await this.endOrder(by, { ago, as: 'confirmed' })];
    for (const to of ['processing', 'shipped', 'delivered'] as const) answers.push(await this.advance(by, { ago, to }));
    return { done: answers };
  }

  adjust(by: By, { product, warehouse, delta }: Inputs['adjust']): Promise<Answer> {
    const adjustment = { delta, reason: 'counted', warehouse };
    const id = this.#idOf(product);
    return this.#answer(async () => presentProduct(await adjustStock(this.db, id, adjustment, this.#cause(by))));
  }

  sell(by: By, { product, active }: Inputs['sell']): Promise<Answer> {
    const id = this.#idOf(product);
    return this.#answer(async () => presentProduct(await changeProduct(this.db, id, { active }, this.#cause(by))));
  }

  setTotal(by: By, { product, warehouse, setTo, expected }: Inputs['setTotal']): Promise<Answer> {
    const counted = { setTo, ...(expected === null ? {} : { expected }), reason: 'counted', warehouse };
    const id = this.#idOf(product);
    return this.#answer(async () => presentProduct(await adjustStock(this.db, id, counted, this.#cause(by))));
  }

  transfer(by: By, { product, from, to, quantity }: Inputs['transfer']): Promise<Answer> {
    const input = { id: v7(), productId: this.#idOf(product), from, to, quantity, reason: 'moved' };
    this.#names.set(input.id, `transfer ${this.#transfers++}`);
    return this.#answer(async () => {
      const { id: transfer, productId, from, to, quantity } = await transferStock(this.db, input, this.#cause(by));
      return { transfer, product: productId, from, to, quantity };
    });
  }

  returnItems(by: By, { of, ago, line, quantity, warehouse }: Inputs['returnItems']): Promise<Answer> {
    const orders = of === 'placed' ? this.#placedOrders : [...this.#delivered];
    const orderId = fromNewest(orders, ago) ?? this.#nothing();
    const input = { returnId: v7(), orderId, line, quantity, warehouse, reason: 'too small' };
    this.#names.set(input.returnId, `return ${this.#returns.push(input) - 1}`);
    return this.#answer(async () => presentReturn(await returnItems(this.db, input, this.#cause(by))));
  }

  changeWarehouse(by: By, { warehouse, ...changes }: Inputs['changeWarehouse']): Promise<Answer> {
    return this.#answer(async () => {
      const { priority, active, region } = await changeWarehouse(this.db, warehouse, changes, this.#cause(by));
      return { priority, active, region };
    });
  }

  /** Every order that was asked for as it stands now; null for those that were refused. */
  async readOrders(): Promise<unknown[]> {
    const orders = await Promise.all(this.orders.map(({ orderId }) => readOrder(this.db, orderId)));
    return orders.map((order) => (order ? this.named(this.#order(order)) : null));
  }

  /** The same value with the names of the model in place of ids. */
  named(value: unknown): unknown {
    if (value === null || value === undefined) return null;
    return JSON.parse(JSON.stringify(value).replaceAll(uuids, (id) => this.#names.get(id) ?? id));
  }

  /** The operation whose request it was; undefined of no operation here. */
  stepOf(requestId: string | null): By | undefined {
    return requestId === null ? undefined : this.#steps.get(requestId);
  }

  #endHold(by: By, reservationId: string, as: Inputs['endLine']['as']): Promise<Answer> {
    return this.#answer(async () =>
      presentHold(await endReservationHold(this.db, { reservationId }, as, this.#cause(by))),
    );
  }

  /** Each operation is a request of its own, by which its traces are found again. */
  #cause(by: By): Cause {
    const requestId = v4();
    this.#steps.set(requestId, by);
    return { actor: by.actor, requestId, workflowId: null };
  }

  /** @throws whatever is no refusal: that is no answer */
  async #answer(work: () => Promise<unknown>): Promise<Answer> {
    try {
      return { done: this.named(await patiently(work)) };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { refused: { code: error.code, details: this.named(error.details) } };
    }
  }

  #idOf(product: string): string {
    return this.products[product] as string;
  }

  /** The id of something that is not there. */
  #nothing(): string {
    const id = v7();
    this.#names.set(id, 'nothing');
    return id;
  }

  #order({
    id: order,
    status,
    cancelReason,
    allocation: strategy,
    region,
    quantity,
    total,
    reservations,
    lines,
  }: Order): object {
    // That the lines are those that were reserved is for the books to say; here one list is enough.
    const held = reservations.map(presentHold);
    return {
      order,
      status,
      cancelReason,
      how: { strategy, region },
      quantity,
      total,
      lines: lines.length === held.length ? held : lines,
    };
  }
}

function presentHold({
  id: reservation,
  productId: product,
  quantity,
  allocations,
  endedAs: ended,
}: Reservation): object {
  const from = Object.fromEntries(allocations.map(({ warehouse, quantity }) => [warehouse, quantity]));
  return { reservation, product, quantity, from, ended };
}

function presentProduct({ active, totalStock, availableStock, reservedStock }: Product): object {
  return { active, total: totalStock, available: availableStock, reserved: reservedStock };
}

function presentReturn({ id: back, orderId: order, line, productId: product, quantity, warehouse }: Return): object {
  return { back, order, line, product, quantity, warehouse };
}
