import type { Knex } from 'knex';
import { partyOf, stockChange, stockLevelId, type Cause, type Change } from '../domain/audit.ts';
import { DomainError, notFound } from '../domain/errors.ts';
import type { StockMove } from '../domain/movement.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { Return } from '../domain/return.ts';
import { applyDelta, stockMoves } from '../domain/stock.ts';
import { auditEntries } from '../persistence/audit-log.ts';
import { writeTogether, type Transaction } from '../persistence/database.ts';
import { lockOrder } from '../persistence/orders.ts';
import { readRefusal } from '../persistence/refusals.ts';
import { insertReturn, readOrderedLine, readReturn, unitsReturned } from '../persistence/returns.ts';
import { changeStock, lockProducts, lockStockIn } from '../persistence/stock-levels.ts';
import { readWarehouseIds } from '../persistence/warehouses.ts';
import { readTurns } from '../persistence/waiting-list.ts';
import { refusingFinally } from './refuse-finally.ts';
import type { Freed } from '../domain/waiting.ts';

/** What came back. */
export interface ReturnItemsInput {
  readonly returnId: string;
  readonly orderId: string;
  readonly line: number;
  readonly quantity: number;
  /** The code of the warehouse from where the units can be sold again; null when they cannot be. */
  readonly warehouse: string | null;
  readonly reason: string;
}

/** What the audit log says of the units of a return that is restocked. */
const restockReason = 'returned';

/**
 * Takes delivered units back: the return is written down and, when they can be sold again, they are available in a warehouse, which
 * may be an inactive one. A return that exists already is returned as it stands.
 * @throws DomainError not-found of the order, its line or the warehouse; not-delivered; return-exceeds-delivery; stock-conflict when
 * the level cannot hold so many; a refusal is final for this return id
 */
export async function returnItems(db: Knex, input: ReturnItemsInput, cause: Cause): Promise<Freed<Return>> {
  const { returnId, orderId, line, quantity, warehouse, reason } = input;
  return refusingFinally(db, returnId, async (trx) => {
    const ordered = await readOrderedLine(trx, orderId, line);
    // The lock that guards all the product's stock comes before that of the order. Its level is opened, if need be, only when nothing
    // speaks against the return: what is refused leaves no level behind.
    const products = ordered ? await lockProducts(trx, [ordered.productId]) : [];
    const order = await lockOrder(trx, orderId);
    const existing = await readReturn(trx, returnId);
    if (existing) return { value: existing, turns: await readTurns(trx, products) };
    const refusal = await readRefusal(trx, returnId);
    if (refusal) throw refusal;
    if (!order) throw notFound('Order', orderId);
    if (!ordered) throw notFound('Line', `${line} of order ${orderId}`);
    const warehouseId = warehouse === null ? null : await warehouseIdOf(trx, warehouse);
    assertDelivered(orderId, order.status);
    await assertNotTooMany(trx, input);
    const restocked =
      warehouseId === null ? undefined : await restockAt(trx, input, { productId: ordered.productId, warehouseId });
    const returned: Change = {
      action: 'ITEMS_RETURNED',
      objectType: 'Order',
      objectId: orderId,
      oldValue: null,
      newValue: { return: returnId, line, qty: quantity, restock: warehouse !== null, warehouse, reason },
    };
    const by = { returnedBy: partyOf(cause), requestId: cause.requestId ?? returnId };
    await writeTogether(trx, [
      insertReturn(trx, { id: returnId, orderId, line, quantity, warehouseId, reason, ...by }),
      ...(restocked ? changeStock(trx, [restocked.move], cause) : []),
      auditEntries(trx, restocked ? [returned, restocked.change] : [returned], cause),
    ]);
    const made = await readReturn(trx, returnId);
    if (!made) throw new Error(`Return ${returnId} was written and cannot be read`);
    return { value: made, turns: restocked ? await readTurns(trx, products) : [] };
  });
}

async function warehouseIdOf(trx: Transaction, code: string): Promise<string> {
  const id = (await readWarehouseIds(trx, [code])).get(code);
  if (id === undefined) throw notFound('Warehouse', code);
  return id;
}

function assertDelivered(orderId: string, status: OrderStatus): void {
  if (status === 'delivered') return;
  const message = `Order ${orderId} is ${status}: only what was delivered can be returned.`;
  throw new DomainError('not-delivered', message, { orderId, status });
}

async function assertNotTooMany(
  trx: Transaction,
  { orderId, line, quantity: requested }: ReturnItemsInput,
): Promise<void> {
  // Again, now that the order is locked: a repair may have set the line right meanwhile.
  const delivered = (await readOrderedLine(trx, orderId, line))?.quantity ?? 0;
  const returned = await unitsReturned(trx, orderId, line);
  if (returned + requested <= delivered) return;
  const message =
    `Line ${line} of order ${orderId} was delivered with ${delivered} units, of which ${returned} have come back: ` +
    `${requested} more cannot.`;
  throw new DomainError('return-exceeds-delivery', message, { line, delivered, returned, requested });
}

/** What makes the units available again, and the entry that says so. */
async function restockAt(
  trx: Transaction,
  { orderId, returnId, quantity, reason }: ReturnItemsInput,
  place: { readonly productId: string; readonly warehouseId: string },
): Promise<{ readonly move: StockMove; readonly change: Change }> {
  const { productId, warehouseId } = place;
  const levels = (await lockStockIn(trx, [place])).get(productId)?.levels ?? [];
  const level = levels.find((level) => level.warehouseId === warehouseId);
  if (!level) throw new Error(`Product ${productId} has no stock level in warehouse ${warehouseId}`);
  const delta = stockMoves.takeBack(quantity);
  const figures = { from: level, to: applyDelta(level, delta, level.warehouse) };
  const levelId = stockLevelId(productId, level.warehouse);
  return {
    move: { productId, warehouseId, type: 'returned', delta, of: { orderId, returnId }, reason },
    change: stockChange('STOCK_ADJUSTED', levelId, figures, { reason: restockReason }),
  };
}
