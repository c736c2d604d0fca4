import { ModelBooks } from './model-books.ts';
import type { Answer, By, Ending, Opening, Operation, ProductName } from './operations.ts';

/** An operation, and what its actor was told. */
export interface Told {
  readonly by: By;
  readonly operation: Operation;
  readonly answer: Answer;
}

interface ToldLine {
  readonly reservation: string;
  readonly product: ProductName;
  readonly from: Readonly<Record<string, number>>;
  readonly quantity: number;
  readonly ended: Ending | null;
  readonly extended: number;
}

interface ToldTransfer {
  readonly transfer: string;
  readonly product: string;
  readonly from: string;
  readonly to: string;
  readonly quantity: number;
}

interface ToldReturn {
  readonly back: string;
  readonly order: string;
  readonly product: string;
  readonly quantity: number;
  readonly warehouse: string | null;
}

interface ToldOrder {
  readonly order: string;
  readonly status: string;
  readonly cancelReason: string | null;
  readonly placedBy: string;
  readonly rescuedFrom: string | null;
  /** In its waiting list; null when it did not wait (any more). */
  readonly place: number | null;
  readonly lines: readonly ToldLine[];
}

const endings = {
  confirmed: { type: 'fulfilled', action: 'RESERVATION_FULFILLED' },
  released: { type: 'released', action: 'RESERVATION_RELEASED' },
  expired: { type: 'expired', action: 'RESERVATION_EXPIRED' },
};

/**
 * The books as they must be when everybody was told the truth, whoever came first: each order and reservation has been through the states
 * that somebody was told of, each of them once. Who wrote a row, and the figures beside it, depend on who came first and are left out.
 */
export function booksAsTold(opening: Opening, told: readonly Told[]): ModelBooks {
  const books = new ModelBooks();
  const nobody = { step: 0, actor: '' };
  for (const [product, shelves] of Object.entries(opening)) {
    books.open(product, 'MAIN');
    books.log(nobody, 'PRODUCT_CREATED', product, null, null);
    for (const [warehouse, units] of Object.entries(shelves)) {
      if (units > 0) books.count(nobody, warehouse === 'MAIN' ? 'received' : 'adjusted', product, warehouse, units, '');
    }
  }
  for (const { operation, answer } of told) {
    if (operation.does !== 'adjust' || 'refused' in answer) continue;
    const { product, warehouse, delta } = operation.input;
    books.count(nobody, 'adjusted', product, warehouse, delta, '');
  }
  const answers = told.flatMap(({ answer }) => doneIn(answer));
  for (const [order, statuses] of statusesOf(answers.filter(isOrder))) {
    const { lines, passed, waited, gaveUpAs, extensions, rescuedFrom } = statuses;
    books.log(nobody, 'ORDER_CREATED', order, null, null);
    if (waited) books.log(nobody, 'WAITING_STARTED', order, null, null);
    const endedAs = lines.size > 0 ? 'served' : gaveUpAs;
    if (waited && endedAs !== null) books.log(nobody, 'WAITING_ENDED', order, null, { ended_as: endedAs });
    for (let n = 0; n < extensions; n++) books.log(nobody, 'HOLD_EXTENDED', order, null, null);
    if (rescuedFrom !== null) books.log(nobody, 'RESERVATION_RESCUED', rescuedFrom, null, null);
    for (const status of passed) {
      if (status !== 'pending') books.log(nobody, 'ORDER_STATUS_CHANGED', order, null, { status });
    }
    for (const line of lines.values()) {
      hold(books, line, order);
      if (line.ended === 'confirmed' && passed.has('cancelled')) {
        for (const [warehouse, units] of Object.entries(line.from)) {
          const of = { order, reservation: line.reservation };
          books.count(nobody, 'restocked', line.product, warehouse, units, '', of);
        }
      }
    }
  }
  const alone = answers.filter(isReservation);
  for (const line of newest(alone).values()) {
    hold(books, line, null);
    const same = alone.filter(({ reservation }) => reservation === line.reservation);
    for (let n = 0; n < extensionsOf(same); n++) books.log(nobody, 'HOLD_EXTENDED', line.reservation, null, null);
  }
  const tooLate = new Set(told.flatMap(({ answer }) => tooLateIn(answer)));
  for (const order of tooLate) books.log(nobody, 'CONFIRMATION_TOO_LATE', order, null, null);
  for (const { transfer, product, from, to, quantity } of answers.filter(isTransfer)) {
    for (const [type, warehouse, units] of [
      ['transferred-out', from, -quantity],
      ['transferred-in', to, quantity],
    ] as const) {
      const level = `${product}/${warehouse}`;
      books.move(nobody, type, level, { total: units, available: units, reserved: 0 }, { transfer });
      books.log(nobody, 'STOCK_TRANSFERRED', level, null, null);
    }
  }
  // A repeated request was told of the same return.
  const returns = new Map(answers.filter(isReturn).map((told) => [told.back, told]));
  for (const { back, order, product, quantity, warehouse } of returns.values()) {
    books.log(nobody, 'ITEMS_RETURNED', order, null, null);
    if (warehouse !== null) books.count(nobody, 'returned', product, warehouse, quantity, '', { order, back });
  }
  return books;

  function hold(books: ModelBooks, { reservation, product, from, ended }: ToldLine, order: string | null): void {
    books.log(nobody, 'RESERVATION_CREATED', reservation, null, null);
    if (ended !== null) books.log(nobody, endings[ended].action, reservation, null, null);
    for (const [warehouse, units] of Object.entries(from)) {
      const level = `${product}/${warehouse}`;
      const of = { order, reservation };
      books.move(nobody, 'reserved', level, { total: 0, available: -units, reserved: units }, of);
      if (ended === null) continue;
      const left = ended === 'confirmed' ? { total: -units, available: 0 } : { total: 0, available: units };
      books.move(nobody, endings[ended].type, level, { ...left, reserved: -units }, of);
    }
  }
}

/** What was done, of several steps in one each; nothing that was refused. */
export function doneIn(answer: Answer): unknown[] {
  if ('refused' in answer) return [];
  return Array.isArray(answer.done) ? (answer.done as Answer[]).flatMap(doneIn) : [answer.done];
}

/** The order that cannot be placed again, of which whoever confirmed it too late was told. */
export function tooLateIn(answer: Answer): string[] {
  if (!('refused' in answer) || answer.refused.code !== 'reservation-expired') return [];
  return [(answer.refused.details as { orderId: string }).orderId];
}

/** The states that each order was said to be in, how it came out of its waiting list, and its lines as they ended. */
function statusesOf(orders: readonly ToldOrder[]) {
  const found = new Map<string, ReturnType<typeof livesOf>>();
  for (const name of new Set(orders.map(({ order }) => order))) {
    found.set(name, livesOf(orders.filter(({ order }) => order === name)));
  }
  return found;
}

function livesOf(same: readonly ToldOrder[]) {
  const reasons = new Set(same.map(({ cancelReason }) => cancelReason));
  return {
    passed: new Set(same.map(({ status }) => status)),
    lines: newest(same.flatMap(({ lines }) => lines)),
    waited: same.some(({ place }) => place !== null),
    gaveUpAs: reasons.has('not-available') ? 'not-available' : reasons.has('requested') ? 'cancelled' : null,
    // All the lines of an order are extended at once.
    extensions: extensionsOf(same.flatMap(({ lines }) => lines.slice(0, 1))),
    rescuedFrom: same[0]?.rescuedFrom ?? null,
  };
}

/** Every extension was told to somebody, as the first to bring a hold to where it then is. */
function extensionsOf(lines: readonly ToldLine[]): number {
  return new Set(lines.map(({ extended }) => extended).filter((seconds) => seconds > 0)).size;
}

/** Each reservation as it ended, or as it was placed when nobody was told of an ending. */
function newest(lines: readonly ToldLine[]): Map<string, ToldLine> {
  return new Map(
    lines
      .toSorted((a, b) => Number(a.ended !== null) - Number(b.ended !== null))
      .map((line) => [line.reservation, line]),
  );
}

export function isOrder(done: unknown): done is ToldOrder {
  return typeof done === 'object' && done !== null && 'order' in done && !('back' in done);
}

export function isReservation(done: unknown): done is ToldLine {
  return typeof done === 'object' && done !== null && 'reservation' in done;
}

function isTransfer(done: unknown): done is ToldTransfer {
  return typeof done === 'object' && done !== null && 'transfer' in done;
}

function isReturn(done: unknown): done is ToldReturn {
  return typeof done === 'object' && done !== null && 'back' in done;
}
