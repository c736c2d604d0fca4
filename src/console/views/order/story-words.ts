import type { MovementType } from '../../../domain/movement.ts';
import type { AuditEntry, Order, OrderMovement } from '../../client/shapes.ts';
import { spanInWords } from '../../parts/span.ts';
import { counted, formatMoney, formatNumber, inWords } from '../../parts/words.ts';

/** What an entry says about an object: it differs from action to action. */
type Values = Readonly<Record<string, unknown>>;

interface Told {
  readonly entry: AuditEntry;
  readonly order: Order;
  readonly before: Values;
  readonly after: Values;
}

/** An entry of the audit log of an order, as a sentence. What is not known by its name is told by it. */
export function entryInWords(entry: AuditEntry, order: Order): string {
  const told = { entry, order, before: entry.old_value ?? {}, after: entry.new_value ?? {} };
  // A newer server may know more actions than this page.
  const known: ((told: Told) => string) | undefined = (sentences as Record<string, (told: Told) => string>)[
    entry.action
  ];
  return known?.(told) ?? inWords(entry.action);
}

const sentences = {
  ORDER_CREATED: ({ after, order }) =>
    `Order placed: ${unitsIn(after['quantity'])} for ${money(after['total'], order)}${
      after['rescued_from'] === undefined ? '' : ', in the place of an expired order'
    }`,
  ORDER_STATUS_CHANGED: ({ before, after }) =>
    `Status changed from ${text(before['status'])} to ${text(after['status'])}${because(after)}`,
  ITEMS_RETURNED: ({ after, order }) => {
    const line = order.lines.find((each) => each.line === after['line']);
    const where = typeof after['warehouse'] === 'string' ? `into ${after['warehouse']}` : 'not to be sold again';
    return `${unitsIn(after['qty'])} of ${line?.product.sku ?? `line ${text(after['line'])}`} came back, ${where}${because(after)}`;
  },
  WAITING_STARTED: ({ after }) =>
    `Waits for ${unitsIn(after['qty'])}, for ${spanInWords(Number(after['seconds']))} at most`,
  WAITING_ENDED: ({ after }) => {
    const { ended_as: endedAs } = after;
    return endedAs === 'served'
      ? `The wait is over: ${unitsIn(after['qty'])} came`
      : `Left the waiting list without its units: ${inWords(text(endedAs))}`;
  },
  HOLD_EXTENDED: ({ after }) =>
    `Hold extended by ${spanInWords(Number(after['seconds']))}, until ${new Date(text(after['expires_at'])).toLocaleString()}${because(after)}`,
  RESERVATION_CREATED: ({ entry, order, after }) => `${goods(entry, order, after)} reserved`,
  RESERVATION_EXPIRED: ({ entry, order, after }) => `Hold ran out: ${goods(entry, order, after)} free again`,
  RESERVATION_RELEASED: ({ entry, order, after }) => `${goods(entry, order, after)} released`,
  RESERVATION_FULFILLED: ({ entry, order, after }) => `${goods(entry, order, after)} taken for good`,
  RESERVATION_RESCUED: ({ after }) => `Confirmed late: placed again as order ${text(after['rescued_by'])}`,
  CONFIRMATION_TOO_LATE: ({ after, order }) =>
    `Confirmed too late, ${text(after['reason'])}: if it was paid, ${money(after['refund'], order)} go back`,
  REPAIRED: ({ entry, after }) => `${entry.object_type} repaired${because(after)}`,
} satisfies Partial<Record<AuditEntry['action'], (told: Told) => string>>;

const moves: Readonly<Record<MovementType, string>> = {
  received: 'received',
  adjusted: 'adjusted',
  reserved: 'set aside',
  released: 'given back',
  expired: 'given back, since the hold ran out',
  fulfilled: 'taken out',
  restocked: 'restocked',
  'transferred-out': 'moved away',
  'transferred-in': 'moved in',
  returned: 'returned',
};

/** A row of the ledger, as a sentence. */
export function movementInWords({ type, product, warehouse, change, balance, reason }: OrderMovement): string {
  const { total, available, reserved } = change;
  const units = Math.max(Math.abs(total), Math.abs(available), Math.abs(reserved));
  const left = `${formatNumber(balance.available)} available and ${formatNumber(balance.reserved)} reserved there then`;
  return `${warehouse}: ${formatNumber(units)} × ${product.sku} ${moves[type]}, ${left}${because({ reason })}`;
}

function goods(entry: AuditEntry, order: Order, after: Values): string {
  const reservation = order.reservations.find(({ id }) => id === entry.object_id);
  const line = order.lines.find(({ product }) => product.id === reservation?.product_id);
  return line ? `${text(after['qty'])} × ${line.product.sku}` : unitsIn(after['qty']);
}

function because({ reason }: Values): string {
  return typeof reason === 'string' ? `: ${reason}` : '';
}

function unitsIn(count: unknown): string {
  return typeof count === 'number' ? counted(count, 'unit') : 'units';
}

function money(amount: unknown, { currency }: Order): string {
  return typeof amount === 'string' ? formatMoney(amount, currency) : 'its total';
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown';
}
