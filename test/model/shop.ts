import type { Knex } from 'knex';
import { v4, v5, v7 } from 'uuid';
import { reservationIdOf } from '../../src/activities/place-order.ts';
import { type ReserveOrderInput } from '../../src/activities/reserve-order.ts';
import { type ReserveStockInput } from '../../src/activities/reserve-stock.ts';
import { type ReturnItemsInput } from '../../src/activities/return-items.ts';
import type { Freed } from '../../src/domain/waiting.ts';
import { changeProduct, createProduct } from '../../src/api/catalogue.ts';
import { adjustStock, transferStock } from '../../src/api/stock.ts';
import { changeWarehouse } from '../../src/api/warehouses.ts';
import type { Order } from '../../src/domain/order.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { readReservation } from '../../src/persistence/reservations.ts';
import { listWaiting, readTurns } from '../../src/persistence/waiting-list.ts';
import {
  fromNewest,
  productNames,
  spans,
  warehouseNames,
  type Actions,
  type Answer,
  type AnyProduct,
  type By,
  type Inputs,
  type Limits,
  type Opening,
} from './operations.ts';
import { presentHold, presentOrder, presentProduct, presentReturn } from './present-real.ts';
import { ShopNames } from './shop-names.ts';
import {
  advanceOrder,
  endOrderHold,
  endReservationHold,
  extendOrderHold,
  extendReservationHold,
  leaveWaitingList,
  rescueOrder,
  reserveOrder,
  reserveStock,
  returnItems,
} from '../support/as-worker.ts';

/** The real functions on a real database, which take and give the names of the model instead of ids. */
export class Shop implements Actions<Promise<Answer>> {
  readonly db: Knex;
  /** The newest rows of ledger and audit log before this shop opened. */
  readonly since: { readonly movement: string; readonly entry: string };
  readonly products: Readonly<Record<AnyProduct, string>>;
  readonly names = new ShopNames();
  readonly #limits: Limits;
  readonly #orders: ReserveOrderInput[] = [];
  readonly #reservations: ReserveStockInput[] = [];
  /** Ids of those that were placed and not refused. */
  readonly #placedOrders: string[] = [];
  readonly #placedReservations: string[] = [];
  /** Ids of those that take the place of others. */
  readonly #rescued = new Set<string>();
  /** Ids of those that somebody was told of as expired, and as delivered, in that order. */
  readonly #expired = new Set<string>();
  readonly #delivered = new Set<string>();
  readonly #returns: ReturnItemsInput[] = [];
  #transfers = 0;

  private constructor(db: Knex, since: Shop['since'], limits: Limits) {
    this.db = db;
    this.since = since;
    this.#limits = limits;
    this.products = { tea: v7(), cup: v7(), pot: v7(), ghost: v7() };
    for (const [name, id] of Object.entries(this.products)) this.names.give(id, name);
  }

  /** Opens new products in the warehouses, which are as the model's are at first. */
  static async open(db: Knex, by: By, opening: Opening, limits: Limits): Promise<Shop> {
    const newest = async (table: string) => {
      const row: { id: string } | undefined = await db(table).orderBy('id', 'desc').first('id');
      return row?.id ?? '0';
    };
    const since = { movement: await newest('stock_movements'), entry: await newest('audit_log') };
    const regions = { MAIN: null, EAST: 'north', WEST: 'south' };
    await db('warehouses')
      .insert(
        warehouseNames.map((code) => {
          return { id: v4(), code, name: code, priority: 100, active: true, region: regions[code] };
        }),
      )
      .onConflict('code')
      .merge(['priority', 'active', 'region']);
    const shop = new Shop(db, since, limits);
    for (const name of productNames) {
      const id = shop.products[name];
      const { MAIN, EAST, WEST } = opening[name];
      // A SKU that is an id, so that it is read as the name as well.
      const product = { id, sku: id, name, priceMinor: { tea: 250n, cup: 999n, pot: 1n }[name] };
      await createProduct(db, product, [{ warehouse: 'MAIN', units: MAIN }], shop.names.cause(by));
      if (EAST > 0) await shop.adjust(by, { product: name, warehouse: 'EAST', delta: EAST });
      if (WEST > 0) await shop.adjust(by, { product: name, warehouse: 'WEST', delta: WEST });
    }
    return shop;
  }

  placeOrder(by: By, { items, how, onShortage }: Inputs['placeOrder']): Promise<Answer> {
    const wanted = items.map(({ product, quantity }) => ({ productId: this.products[product], quantity }));
    const looking = { allocation: how.strategy, region: how.region, onShortage, waitSeconds: spans.wait };
    const input = { orderId: v7(), items: wanted, holdSeconds: spans.hold, reference: null, ...looking };
    this.#nameOrder(input.orderId, `order ${this.#orders.push(input) - 1}`);
    return this.names.freeing(async () => {
      const placed = await reserveOrder(this.db, input, this.#limits, this.names.cause(by));
      this.#placedOrders.push(input.orderId);
      return this.#held(placed);
    });
  }

  reserve(by: By, { product, quantity, how }: Inputs['reserve']): Promise<Answer> {
    const asked = { productId: this.products[product], quantity, holdSeconds: spans.hold };
    const input = { reservationId: v7(), ...asked, allocation: how.strategy, region: how.region };
    this.names.give(input.reservationId, `reservation ${this.#reservations.push(input) - 1}`);
    return this.names.answer(async () => {
      const { reservation } = await reserveStock(this.db, input, this.#limits, this.names.cause(by));
      this.#placedReservations.push(reservation.id);
      return presentHold(reservation);
    });
  }

  async placeAgain(by: By, { what, ago }: Inputs['placeAgain']): Promise<Answer> {
    if (what === 'order') {
      const input = fromNewest(this.#orders, ago);
      return input ? this.#reserveAgain(by, input) : { done: null };
    }
    if (what === 'return') {
      const input = fromNewest(this.#returns, ago);
      return input ? this.#takeBack(by, input) : { done: null };
    }
    const input = fromNewest(this.#reservations, ago);
    if (!input) return { done: null };
    return this.names.answer(async () =>
      presentHold((await reserveStock(this.db, input, this.#limits, this.names.cause(by))).reservation),
    );
  }

  async takeTurn(by: By, { product, place }: Inputs['takeTurn']): Promise<Answer> {
    const orderId = (await this.#waiting(product))[place]?.orderId;
    return orderId === undefined ? { done: null } : this.serve(by, this.names.of(orderId) as string);
  }

  /** What the workflow of an order does when it is told that its turn has come. */
  async serve(by: By, name: string): Promise<Answer> {
    const input = this.#orders.find(({ orderId }) => this.names.of(orderId) === name);
    if (!input) throw new Error(`Nobody asked for ${name}`);
    return this.#reserveAgain(by, input);
  }

  async giveUp(by: By, { product, place, as }: Inputs['giveUp']): Promise<Answer> {
    const orderId = (await this.#waiting(product))[place]?.orderId;
    return orderId === undefined ? { done: null } : this.#leave(by, orderId, as);
  }

  leave(by: By, { ago, as }: Inputs['leave']): Promise<Answer> {
    return this.#leave(by, this.#placed(ago), as);
  }

  endOrder(by: By, { ago, as }: Inputs['endOrder']): Promise<Answer> {
    const orderId = this.#placed(ago);
    return this.names.freeing(async () => {
      const { value, turns } = await endOrderHold(this.db, { orderId }, as, this.names.cause(by));
      if (value.cancelReason === 'expired') this.#expired.add(orderId);
      return { value: presentOrder(value), turns };
    });
  }

  endReservation(by: By, { ago, as }: Inputs['endReservation']): Promise<Answer> {
    return this.#endHold(by, fromNewest(this.#placedReservations, ago) ?? this.#nothing(), as);
  }

  endLine(by: By, { ago, as }: Inputs['endLine']): Promise<Answer> {
    const orderId = fromNewest(this.#placedOrders, ago);
    return this.#endHold(by, orderId === undefined ? this.#nothing() : reservationIdOf(orderId, 1), as);
  }

  async extendOrder(by: By, { ago, seconds, again }: Inputs['extendOrder']): Promise<Answer> {
    const orderId = this.#placed(ago);
    const expiresAt = knownEnd((await readOrder(this.db, orderId))?.expiresAt, seconds, again);
    const input = { orderId, seconds, expiresAt };
    return this.names.answer(async () => {
      return presentOrder((await extendOrderHold(this.db, input, spans.maxFactor, this.names.cause(by))).order);
    });
  }

  async extendReservation(by: By, { ago, seconds, again }: Inputs['extendReservation']): Promise<Answer> {
    const reservationId = fromNewest(this.#placedReservations, ago) ?? this.#nothing();
    const expiresAt = knownEnd((await readReservation(this.db, reservationId))?.expiresAt, seconds, again);
    const input = { reservationId, seconds, expiresAt };
    return this.names.answer(async () => {
      const extended = await extendReservationHold(this.db, input, spans.maxFactor, this.names.cause(by));
      return presentHold(extended.reservation);
    });
  }

  rescue(by: By, { of, ago, late }: Inputs['rescue']): Promise<Answer> {
    const rescuedFrom = of === 'placed' ? this.#placed(ago) : (fromNewest([...this.#expired], ago) ?? this.#nothing());
    const orderId = v5('rescue', rescuedFrom);
    this.#nameOrder(orderId, `${this.names.of(rescuedFrom) as string} rescued`);
    const input = { orderId, rescuedFrom, holdSeconds: spans.hold };
    return this.names.answer(async () => {
      // Whatever expired did so before now, be it in the same millisecond.
      const { order } = await rescueOrder(this.db, input, late ? -1 : spans.wait, this.names.cause(by));
      if (!this.#rescued.has(orderId)) this.#placedOrders.push(orderId);
      this.#rescued.add(orderId);
      return presentOrder(order);
    });
  }

  advance(by: By, { ago, to }: Inputs['advance']): Promise<Answer> {
    const input = { orderId: this.#placed(ago), newStatus: to };
    return this.names.freeing(async () => {
      const { value, turns } = await advanceOrder(this.db, input, this.names.cause(by));
      if (value.status === 'delivered') this.#delivered.add(value.id);
      return { value: presentOrder(value), turns };
    });
  }

  async deliver(by: By, { ago }: Inputs['deliver']): Promise<Answer> {
    const answers = [await this.endOrder(by, { ago, as: 'confirmed' })];
    for (const to of ['processing', 'shipped', 'delivered'] as const) answers.push(await this.advance(by, { ago, to }));
    return { done: answers };
  }

  adjust(by: By, { product, warehouse, delta }: Inputs['adjust']): Promise<Answer> {
    const adjustment = { delta, reason: 'counted', warehouse };
    return this.#stocking([product], async (id) => {
      const { value, turns } = await adjustStock(this.db, id, adjustment, this.names.cause(by));
      return { value: presentProduct(value), turns };
    });
  }

  sell(by: By, { product, active }: Inputs['sell']): Promise<Answer> {
    return this.#changing([product], async (id) =>
      presentProduct((await changeProduct(this.db, id, { active }, this.names.cause(by))).value),
    );
  }

  reprice(by: By, { product, price }: Inputs['reprice']): Promise<Answer> {
    return this.#changing([product], async (id) =>
      presentProduct((await changeProduct(this.db, id, { priceMinor: BigInt(price) }, this.names.cause(by))).value),
    );
  }

  setTotal(by: By, { product, warehouse, setTo, expected }: Inputs['setTotal']): Promise<Answer> {
    const counted = { setTo, ...(expected === null ? {} : { expected }), reason: 'counted', warehouse };
    return this.#stocking([product], async (id) => {
      const { value, turns } = await adjustStock(this.db, id, counted, this.names.cause(by));
      return { value: presentProduct(value), turns };
    });
  }

  transfer(by: By, { product, from, to, quantity }: Inputs['transfer']): Promise<Answer> {
    const id = v7();
    this.names.give(id, `transfer ${this.#transfers++}`);
    return this.#stocking([product], async (productId) => {
      const input = { id, productId, from, to, quantity, reason: 'moved' };
      const { value: made, turns } = await transferStock(this.db, input, this.names.cause(by));
      const { from: source, to: target } = made;
      return {
        value: { transfer: made.id, product: made.productId, from: source, to: target, quantity: made.quantity },
        turns,
      };
    });
  }

  returnItems(by: By, { of, ago, line, quantity, warehouse }: Inputs['returnItems']): Promise<Answer> {
    const orders = of === 'placed' ? this.#placedOrders : [...this.#delivered];
    const orderId = fromNewest(orders, ago) ?? this.#nothing();
    const input = { returnId: v7(), orderId, line, quantity, warehouse, reason: 'too small' };
    this.names.give(input.returnId, `return ${this.#returns.push(input) - 1}`);
    return this.#takeBack(by, input);
  }

  changeWarehouse(by: By, { warehouse, ...changes }: Inputs['changeWarehouse']): Promise<Answer> {
    return this.#changing(productNames, async () => {
      const { value } = await changeWarehouse(this.db, warehouse, changes, this.names.cause(by));
      return { priority: value.priority, active: value.active, region: value.region };
    });
  }

  /** Every order that was asked for as it stands now, null for those that were refused, and those that took the place of others. */
  async readOrders(): Promise<unknown[]> {
    const ids = [...this.#orders.map(({ orderId }) => orderId), ...this.#rescued];
    const orders = await Promise.all(ids.map((orderId) => readOrder(this.db, orderId)));
    return orders.map((order) => (order ? this.names.of(presentOrder(order)) : null));
  }

  /** The orders that wait for each product, in the order they are served. */
  async readWaiting(): Promise<Record<string, unknown>> {
    const lists = productNames.map(async (product) => {
      const list = await this.#waiting(product);
      return [
        product,
        list.map(({ orderId: order, position, quantity, placedBy }) =>
          this.names.of({ order, position, quantity, placedBy }),
        ),
      ];
    });
    return Object.fromEntries(await Promise.all(lists)) as Record<string, unknown>;
  }

  /** Whose turn has come. */
  async readTurns(products: readonly AnyProduct[] = productNames): Promise<readonly string[]> {
    const ids = products.map((name) => this.products[name]);
    return this.names.of(await readTurns(this.db, ids)) as string[];
  }

  async #waiting(product: AnyProduct) {
    return (await listWaiting(this.db, this.products[product], { limit: 1000, after: null })).items;
  }

  #reserveAgain(by: By, input: ReserveOrderInput): Promise<Answer> {
    return this.names.freeing(async () =>
      this.#held(await reserveOrder(this.db, input, this.#limits, this.names.cause(by))),
    );
  }

  #held({ value: { order }, turns }: Freed<{ readonly order: Order }>) {
    return { value: presentOrder(order), turns };
  }

  #takeBack(by: By, input: ReturnItemsInput): Promise<Answer> {
    return this.names.freeing(async () => {
      const { value, turns } = await returnItems(this.db, input, this.names.cause(by));
      return { value: presentReturn(value), turns };
    });
  }

  #leave(by: By, orderId: string, endedAs: Inputs['leave']['as']): Promise<Answer> {
    return this.names.freeing(async () =>
      this.#held(await leaveWaitingList(this.db, { orderId, endedAs }, this.names.cause(by))),
    );
  }

  #endHold(by: By, reservationId: string, as: Inputs['endLine']['as']): Promise<Answer> {
    return this.names.freeing(async () => {
      const { value, turns } = await endReservationHold(this.db, { reservationId }, as, this.names.cause(by));
      return { value: presentHold(value), turns };
    });
  }

  /** What comes into stock, or out of it, not through an activity. */
  #stocking([product]: readonly [AnyProduct], work: (id: string) => Promise<Freed<unknown>>): Promise<Answer> {
    return this.names.freeing(() => work(this.products[product]));
  }

  /** What changes who may be served, whatever is in stock: whose turn it is by then is looked up behind it. */
  async #changing(products: readonly AnyProduct[], work: (id: string) => Promise<unknown>): Promise<Answer> {
    const answer = await this.names.answer(() => work(this.products[products[0] ?? 'ghost']));
    return 'refused' in answer ? answer : { ...answer, turns: (await this.readTurns(products)).toSorted() };
  }

  #nameOrder(orderId: string, name: string): void {
    this.names.give(orderId, name);
    for (const n of [1, 2, 3]) this.names.give(reservationIdOf(orderId, n), `${name} line ${n}`);
  }

  #placed(ago: number): string {
    return fromNewest(this.#placedOrders, ago) ?? this.#nothing();
  }

  /** The id of something that is not there. */
  #nothing(): string {
    const id = v7();
    this.names.give(id, 'nothing');
    return id;
  }
}

/** The end of a hold as whoever extends it knows it: the one that it has, or one before it. */
function knownEnd(expiresAt: string | null | undefined, seconds: number, again: boolean): string {
  const end = Date.parse(expiresAt ?? '2026-01-01T00:00:00.000Z');
  return new Date(again ? end - seconds * 1000 : end).toISOString();
}
