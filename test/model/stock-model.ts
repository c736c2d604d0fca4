// The shop as it should be: what can be done with its orders and reservations, beside what ModelShelves and ModelHolds say.
import { findSome } from './model-allocation.ts';
import { endings, ModelHolds } from './model-holds.ts';
import { tooMuchAtOnce, tooMuchInOne } from './model-holdings.ts';
import { presentLine, sumsOf, type Line, type ModelOrder, type OrderItem } from './model-orders.ts';
import { nextSteps, noSuchStep, notFound, notReserved, refused, someTime, type Refused } from './model-refusals.ts';
import {
  fromNewest,
  spans,
  type Actions,
  type Answer,
  type AnyProduct,
  type By,
  type How,
  type Inputs,
  type Item,
  type Limits,
  type ProductName,
} from './operations.ts';

/** A request, and what came of it for good. */
interface Request<T> {
  readonly placed: T | null;
  readonly refusal: Answer | null;
}

interface ModelReturn {
  readonly back: string;
  readonly order: string;
  readonly line: number;
  readonly product: string;
  readonly quantity: number;
  readonly warehouse: string | null;
}

export class StockModel extends ModelHolds implements Actions<Answer> {
  readonly #limits: Limits;
  readonly #orders: Request<ModelOrder>[] = [];
  readonly #reservations: Request<Line>[] = [];
  readonly #returns: Request<ModelReturn>[] = [];
  /** What came of confirming orders too late, by the name of the order. */
  readonly #rescues = new Map<string, Request<ModelOrder>>();

  constructor(limits: Limits) {
    super();
    this.#limits = limits;
  }

  placeOrder(by: By, input: Inputs['placeOrder']): Answer {
    const placed = this.#place(by, `order ${this.#orders.length}`, input);
    if ('refused' in placed) {
      this.#orders.push({ placed: null, refusal: placed });
      return placed;
    }
    this.#orders.push({ placed, refusal: null });
    // Who joins a list looks once more who may be served: a warehouse may have been opened meanwhile.
    const waits = this.place(placed) !== null;
    return { done: this.present(placed), turns: this.turns(waits ? placed.items.map(({ product }) => product) : []) };
  }

  reserve(by: By, { how, ...item }: Inputs['reserve']): Answer {
    const name = `reservation ${this.#reservations.length}`;
    const line = this.#reserveAlone(by, name, item, how);
    if ('refused' in line) {
      this.#reservations.push({ placed: null, refusal: line });
      return line;
    }
    this.#reservations.push({ placed: line, refusal: null });
    this.alone.push(line);
    this.hold(by, line, null);
    return { done: presentLine(line) };
  }

  placeAgain(by: By, { what, ago }: Inputs['placeAgain']): Answer {
    if (what === 'order') {
      const first = fromNewest(this.#orders, ago);
      return first?.refusal ?? (first?.placed ? this.#resume(by, first.placed) : { done: null });
    }
    if (what === 'return') {
      const first = fromNewest(this.#returns, ago);
      if (!first?.placed) return first?.refusal ?? { done: null };
      return { done: first.placed, turns: this.turns([first.placed.product]) };
    }
    const first = fromNewest(this.#reservations, ago);
    return first?.refusal ?? { done: first?.placed ? presentLine(first.placed) : null };
  }

  /** Every order that was asked for as it stands now, null for those that were refused, and those that took the place of others. */
  listOrders(): unknown[] {
    const asked = this.#orders.map(({ placed }) => (placed ? this.present(placed) : null));
    return [...asked, ...this.placed.filter(({ rescuedFrom }) => rescuedFrom !== null).map((one) => this.present(one))];
  }

  takeTurn(by: By, { product, place }: Inputs['takeTurn']): Answer {
    const order = this.lists[product][place];
    return order ? this.#resume(by, order) : { done: null };
  }

  giveUp(by: By, { product, place, as }: Inputs['giveUp']): Answer {
    const order = this.lists[product][place];
    return order ? this.#leave(by, order, as) : { done: null };
  }

  leave(by: By, { ago, as }: Inputs['leave']): Answer {
    const order = this.order(ago);
    return order ? this.#leave(by, order, as) : notFound('Order', 'nothing');
  }

  endOrder(by: By, { ago, as }: Inputs['endOrder']): Answer {
    const order = this.order(ago);
    if (!order) return notFound('Order', 'nothing');
    const { status, cancelReason } = endings[as];
    if (order.status !== status || order.cancelReason !== cancelReason) {
      if (order.status !== 'pending') return noSuchStep(order.status, status);
      if (this.place(order) !== null) return notReserved(order.name);
      this.goTo(by, order, status, cancelReason);
      for (const line of order.lines) this.end(by, line, as, order.name);
    }
    // Also the product that it waited for, in vain or not: it is locked with the others.
    const touched = [...order.lines, ...(this.#hasWaited(order) ? order.items : [])];
    const frees = as === 'confirmed' ? [] : new Set(touched.map(({ product }) => product));
    return { done: this.present(order), turns: this.turns(frees) };
  }

  endReservation(by: By, { ago, as }: Inputs['endReservation']): Answer {
    const line = fromNewest(this.alone, ago);
    if (!line) return notFound('Reservation', 'nothing');
    if (line.ended === null) this.end(by, line, as, null);
    else if (line.ended !== as) return refused('reservation-ended', { endedAs: line.ended });
    return { done: presentLine(line), turns: this.turns(as === 'confirmed' ? [] : [line.product]) };
  }

  endLine(_by: By, { ago }: Inputs['endLine']): Answer {
    const order = this.order(ago);
    if (!order) return notFound('Reservation', 'nothing');
    const name = `${order.name} line 1`;
    const isHeld = order.lines.some((line) => line.name === name);
    return isHeld ? refused('belongs-to-order', { orderId: order.name }) : notFound('Reservation', name);
  }

  extendOrder(by: By, { ago, ...extension }: Inputs['extendOrder']): Answer {
    const order = this.order(ago);
    if (!order) return notFound('Order', 'nothing');
    if (this.place(order) !== null) return notReserved(order.name);
    const gaveUp = order.cancelReason === 'requested' ? 'released' : 'expired';
    const endedAs = order.lines.length === 0 ? gaveUp : order.lines[0]?.ended;
    if (endedAs) return refused('reservation-ended', { endedAs });
    return this.#extend(by, order.name, order.lines, extension) ?? { done: this.present(order) };
  }

  extendReservation(by: By, { ago, ...extension }: Inputs['extendReservation']): Answer {
    const line = fromNewest(this.alone, ago);
    if (!line) return notFound('Reservation', 'nothing');
    if (line.ended !== null) return refused('reservation-ended', { endedAs: line.ended });
    return this.#extend(by, line.name, [line], extension) ?? { done: presentLine(line) };
  }

  rescue(by: By, { of, ago, late }: Inputs['rescue']): Answer {
    const order = of === 'placed' ? this.order(ago) : fromNewest(this.expired, ago);
    if (!order) return notFound('Order', 'nothing');
    const first = this.#rescues.get(order.name);
    if (first) return first.refusal ?? { done: first.placed ? this.present(first.placed) : null };
    const rescued = this.#rescue(by, order, late);
    const isRefused = 'refused' in rescued;
    this.#rescues.set(order.name, isRefused ? { placed: null, refusal: rescued } : { placed: rescued, refusal: null });
    return isRefused ? rescued : { done: this.present(rescued) };
  }

  advance(by: By, { ago, to }: Inputs['advance']): Answer {
    const order = this.order(ago);
    if (!order) return notFound('Order', 'nothing');
    const products = to === 'cancelled' ? order.lines.map(({ product }) => product) : [];
    if (order.status !== to || order.cancelReason === 'expired') {
      if (order.status === 'pending' || !nextSteps[order.status]?.includes(to)) return noSuchStep(order.status, to);
      this.goTo(by, order, to, to === 'cancelled' ? 'requested' : null);
      for (const { product, from, name: reservation } of to === 'cancelled' ? order.lines : []) {
        for (const [warehouse, units] of Object.entries(from)) {
          const of = { order: order.name, reservation };
          this.books.count(by, 'restocked', product, warehouse, units, 'order cancelled', of);
        }
      }
    }
    return { done: this.present(order), turns: this.turns(products) };
  }

  deliver(by: By, { ago }: Inputs['deliver']): Answer {
    const steps = (['processing', 'shipped', 'delivered'] as const).map((to) => () => this.advance(by, { ago, to }));
    return { done: [this.endOrder(by, { ago, as: 'confirmed' }), ...steps.map((step) => step())] };
  }

  returnItems(by: By, input: Inputs['returnItems']): Answer {
    const answer = this.#takeBack(by, `return ${this.#returns.length}`, input);
    if ('refused' in answer) {
      this.#returns.push({ placed: null, refusal: answer });
      return answer;
    }
    this.#returns.push({ placed: answer, refusal: null });
    return { done: answer, turns: this.turns(answer.warehouse === null ? [] : [answer.product]) };
  }

  #place(by: By, name: string, { items, how, onShortage }: Inputs['placeOrder']): ModelOrder | Refused {
    const wanted = this.#wanted(items);
    if ('refused' in wanted) return wanted;
    const found = this.find(wanted, how);
    const tooMuch = tooMuchInOne(this.#limits, wanted);
    if (tooMuch) return tooMuch;
    const isShort = 'short' in found;
    if (isShort && onShortage === 'reject') return this.short(found);
    const some =
      isShort && onShortage === 'partial'
        ? findSome(
            wanted,
            this.places((product) => this.lists[product].length > 0),
            how,
          )
        : wanted.map(({ quantity }) => quantity);
    if (some.every((units) => units === 0)) return this.short(found);
    const ordered = wanted.map<OrderItem>(({ product, quantity }, n) => {
      const price = this.prices.get(product) ?? 0;
      return { line: n + 1, product, ordered: quantity, quantity: some[n] ?? 0, price };
    });
    const over = tooMuchAtOnce(this.#limits, by.actor, ordered, this.holdings());
    if (over) return over;
    const asked = { name, placedBy: by.actor, how, onShortage, items: ordered, rescuedFrom: null };
    if (isShort && onShortage === 'wait') {
      const order: ModelOrder = { ...asked, status: 'pending', cancelReason: null, lines: [], rescuedBy: null };
      this.wait(by, order, ordered[0] as OrderItem);
      return order;
    }
    const lines = this.#linesOf(name, by.actor, ordered, how);
    const order: ModelOrder = { ...asked, status: 'pending', cancelReason: null, lines, rescuedBy: null };
    this.write(by, order);
    return order;
  }

  /** The units of the items of which there are enough. */
  #linesOf(name: string, holder: string, items: readonly OrderItem[], how: How): Line[] {
    const got = items.filter(({ quantity }) => quantity > 0);
    const found = this.find(got, how);
    if (!('from' in found)) throw new Error('There were enough a moment ago');
    return got.map(({ line, product, quantity }, n) => {
      const from = found.from[n] ?? {};
      return { name: `${name} line ${line}`, product, quantity, from, ended: null, extended: 0, holder };
    });
  }

  #reserveAlone(by: By, name: string, item: Item, how: How): Line | Refused {
    const wanted = this.#wanted([item]);
    if ('refused' in wanted) return wanted;
    const { limits, holder } = { limits: this.#limits, holder: by.actor };
    const found = this.find(wanted, how);
    const tooMuch = tooMuchInOne(limits, wanted);
    if (tooMuch) return tooMuch;
    if (!('from' in found)) return this.short(found);
    const over = tooMuchAtOnce(limits, holder, wanted, this.holdings());
    if (over) return over;
    const { product, quantity } = wanted[0] as (typeof wanted)[0];
    return { name, product, quantity, from: found.from[0] ?? {}, ended: null, extended: 0, holder };
  }

  /** Each product once, if all of them are there and for sale. */
  #wanted(items: readonly Item[]): { product: ProductName; quantity: number }[] | Refused {
    const sums = new Map<AnyProduct, number>();
    for (const { product, quantity } of items) sums.set(product, (sums.get(product) ?? 0) + quantity);
    const wanted: { product: ProductName; quantity: number }[] = [];
    for (const [product, quantity] of sums) {
      if (product === 'ghost') return notFound('Product', product);
      if (!this.onSale.get(product)) return refused('product-inactive', { productId: product, sku: product });
      wanted.push({ product, quantity });
    }
    return wanted;
  }

  /** An order that exists is as it stands, but one that waits gets its units when its turn has come. */
  #resume(by: By, order: ModelOrder): Answer {
    const from = this.turnOf(order);
    const [item] = order.items;
    if (from && item) {
      const { product, quantity, line } = item;
      this.leaveList(by, order, 'served');
      const name = `${order.name} line ${line}`;
      order.lines = [{ name, product, quantity, from, ended: null, extended: 0, holder: order.placedBy }];
      for (const line of order.lines) this.hold(by, line, order.name);
    }
    return { done: this.present(order), turns: this.turns(order.items.map(({ product }) => product)) };
  }

  #leave(by: By, order: ModelOrder, as: Inputs['leave']['as']): Answer {
    if (this.place(order) !== null) {
      this.leaveList(by, order, as);
      this.goTo(by, order, 'cancelled', as === 'cancelled' ? 'requested' : as);
    }
    // One that never waited frees nothing for those who do.
    const frees = this.#hasWaited(order) ? order.items.map(({ product }) => product) : [];
    return { done: this.present(order), turns: this.turns(frees) };
  }

  #hasWaited(order: ModelOrder): boolean {
    return this.books.entries.some(({ action, object }) => action === 'WAITING_STARTED' && object === order.name);
  }

  /** @returns why not */
  #extend(
    by: By,
    name: string,
    lines: readonly Line[],
    { seconds, again }: { readonly seconds: number; readonly again: boolean },
  ): Refused | null {
    if (again) return null;
    const extended = lines[0]?.extended ?? 0;
    const most = spans.hold * (spans.maxFactor - 1);
    if (extended + seconds > most) {
      return refused('limit-exceeded', { limit: 'hold-extension', allowed: most, left: most - extended });
    }
    for (const line of lines) line.extended += seconds;
    this.books.log(by, 'HOLD_EXTENDED', name, { expires_at: someTime }, { expires_at: someTime, seconds });
    return null;
  }

  #rescue(by: By, expired: ModelOrder, late: boolean): ModelOrder | Refused {
    const { name: rescuedFrom, how, onShortage, placedBy, items } = expired;
    if (expired.cancelReason !== 'expired') return noSuchStep(expired.status, 'confirmed');
    const got = items.filter(({ quantity }) => quantity > 0);
    const found = this.find(got, how, (product) => !this.onSale.get(product));
    const { total } = sumsOf(expired);
    if (late || !('from' in found)) {
      const reason = late ? 'that was too long ago' : 'its units are not to be had';
      this.books.log(by, 'CONFIRMATION_TOO_LATE', rescuedFrom, null, { refund: total, reason });
      const shortages = late ? [] : this.shortages(found);
      return refused('reservation-expired', { orderId: rescuedFrom, expiredAt: someTime, refund: total, shortages });
    }
    const name = `${rescuedFrom} rescued`;
    const lines = this.#linesOf(name, placedBy, items, how);
    const asBefore = { name, how, onShortage, placedBy, items, lines, rescuedFrom };
    const order: ModelOrder = { ...asBefore, status: 'pending', cancelReason: null, rescuedBy: null };
    this.write(by, order);
    for (const line of lines) this.end(by, line, 'confirmed', name);
    this.goTo(by, order, 'confirmed', null);
    this.books.log(by, 'RESERVATION_RESCUED', rescuedFrom, null, { rescued_by: name, total });
    expired.rescuedBy = name;
    return order;
  }

  #takeBack(
    by: By,
    back: string,
    { of, ago, line: number, quantity, warehouse }: Inputs['returnItems'],
  ): ModelReturn | Refused {
    const order = of === 'placed' ? this.order(ago) : fromNewest(this.delivered, ago);
    if (!order) return notFound('Order', 'nothing');
    const line = order.items[number - 1];
    if (!line) return notFound('Line', `${number} of order ${order.name}`);
    if (warehouse === 'NOWHERE') return notFound('Warehouse', warehouse);
    if (order.status !== 'delivered') return refused('not-delivered', { orderId: order.name, status: order.status });
    const earlier = this.#returns.flatMap(({ placed }) => placed ?? []).filter((one) => one.order === order.name);
    const returned = earlier.filter((one) => one.line === number).reduce((sum, one) => sum + one.quantity, 0);
    const delivered = line.quantity;
    if (returned + quantity > delivered) {
      return refused('return-exceeds-delivery', { line: number, delivered, returned, requested: quantity });
    }
    const { product } = line;
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
    return { back, order: order.name, line: number, product, quantity, warehouse };
  }
}
