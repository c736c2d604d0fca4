import {
  WithStartWorkflowOperation,
  WorkflowUpdateFailedError,
  WorkflowUpdateStage,
  type WorkflowHandle,
  type WorkflowUpdateHandle,
} from '@temporalio/client';
import type { Knex } from 'knex';
import { v4, v7 } from 'uuid';
import { changeProduct, createProduct } from '../../src/api/catalogue.ts';
import { adjustStock } from '../../src/api/stock.ts';
import type { Refusal } from '../../src/domain/errors.ts';
import type { Order } from '../../src/domain/order.ts';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import { defaultWarehouse } from '../../src/domain/product.ts';
import type { StockFigures } from '../../src/domain/stock.ts';
import { stockLevelId, type AuditEntry, type Change } from '../../src/domain/audit.ts';
import { auditEntries, listOrderAudit } from '../../src/persistence/audit-log.ts';
import { writeTogether } from '../../src/persistence/database.ts';
import { readProduct } from '../../src/persistence/products.ts';
import { insertStockLevels } from '../../src/persistence/stock-levels.ts';
import type { order } from '../../src/workflows/index.ts';
import {
  currentRules,
  extendOrderUpdate,
  orderPlacedUpdate,
  orderWorkflowId,
  transitionUpdate,
  type Notice,
  type OrderInput,
  type OrderPlacement,
} from '../../src/workflows/messages.ts';
import { refusalOf } from '../../src/workflows/refusals.ts';
import type { TestWorker } from './worker.ts';

export interface StockedProduct {
  readonly id: string;
  readonly sku: string;
}

/** Creates a product with units in the main warehouse, as the API does it. */
export async function stockedProduct(
  db: Knex,
  { stock = 10, priceMinor = 1250n, sku = `sku-${v4()}`, name = 'Tea', active = true } = {},
): Promise<StockedProduct> {
  const id = v7();
  const by = { actor: 'stock keeper', requestId: v4(), workflowId: null };
  await createProduct(db, { id, sku, name, priceMinor }, [{ warehouse: defaultWarehouse, units: stock }], by);
  if (!active) await changeProduct(db, id, { active }, by);
  return { id, sku };
}

/** Counts units of a product in or out at the main warehouse, as the API does it. */
export async function countIn(db: Knex, { id }: StockedProduct, delta: number): Promise<void> {
  await adjustStock(db, id, { delta, reason: 'counted' }, { actor: 'stock keeper', requestId: v4(), workflowId: null });
}

/** Opens a warehouse that has units of a product. */
export async function openWarehouse(
  db: Knex,
  product: StockedProduct,
  { code, units, ...fields }: { code: string; units: number; priority: number; region?: string; active?: boolean },
): Promise<void> {
  const id = v4();
  await db('warehouses').insert({ id, code, name: code, ...fields });
  await db.transaction(async (trx) => {
    const newValue = { total: units, available: units, reserved: 0, reason: 'initial stock' };
    const objectId = stockLevelId(product.id, code);
    const opened: Change = { action: 'STOCK_ADJUSTED', objectType: 'StockLevel', objectId, oldValue: null, newValue };
    const by = { actor: 'stock keeper', requestId: v4(), workflowId: null };
    const opening = { productId: product.id, warehouseId: id, units };
    await writeTogether(trx, [...insertStockLevels(trx, [opening], by), auditEntries(trx, [opened], by)]);
  });
}

/** The input of an order workflow; what is left out gets a default, so that a test names only what it is about. */
export function orderInput(order: Partial<OrderInput> & Pick<OrderInput, 'items'>): OrderInput {
  return {
    rules: currentRules,
    orderId: v7(),
    holdSeconds: 600,
    reference: null,
    actor: 'anna',
    requestId: v4(),
    ...order,
  };
}

/** The start of an order's workflow, as the API does it. */
export function startingOrder({ taskQueue }: Pick<TestWorker, 'taskQueue'>, input: OrderInput) {
  return new WithStartWorkflowOperation<typeof order>('order', {
    workflowId: orderWorkflowId(input.orderId),
    args: [input],
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
  });
}

/** Asks for an order by update-with-start and waits for what became of it; asking again with the same input is safe. */
export async function requestOrder(worker: TestWorker, input: OrderInput): Promise<OrderPlacement> {
  return worker.client.workflow.executeUpdateWithStart(orderPlacedUpdate, {
    startWorkflowOperation: startingOrder(worker, input),
    updateId: 'placed',
  });
}

/** An order and the workflow that owns it. */
export interface PlacedOrder {
  readonly id: string;
  /** As it was placed. */
  readonly order: Order;
  readonly handle: WorkflowHandle<typeof order>;
  readonly input: OrderInput;
}

/** Places an order that must not be refused. */
export async function placeOrder(
  worker: TestWorker,
  order: Partial<OrderInput> & Pick<OrderInput, 'items'>,
): Promise<PlacedOrder> {
  const input = orderInput(order);
  const placement = await requestOrder(worker, input);
  if ('refused' in placement) throw new Error(`The order was refused: ${placement.refused.message}`);
  return { id: input.orderId, order: placement.order, handle: orderHandle(worker, input.orderId), input };
}

/** The steps that bring a placed order into a state. */
const ways: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: [],
  confirmed: ['confirmed'],
  processing: ['confirmed', 'processing'],
  shipped: ['confirmed', 'processing', 'shipped'],
  delivered: ['confirmed', 'processing', 'shipped', 'delivered'],
  cancelled: ['cancelled'],
};

/** Places an order and moves it on to a state. */
export async function placeOrderThatIs(
  status: OrderStatus,
  worker: TestWorker,
  order: Partial<OrderInput> & Pick<OrderInput, 'items'>,
): Promise<PlacedOrder> {
  const placed = await placeOrder(worker, order);
  for (const step of ways[status]) await transition(placed.handle, step);
  return placed;
}

/** The workflow of an order. */
export function orderHandle({ client }: Pick<TestWorker, 'client'>, orderId: string): WorkflowHandle<typeof order> {
  return client.workflow.getHandle<typeof order>(orderWorkflowId(orderId));
}

/** Who signals and updates say they are from. */
export function notice(by: Partial<Notice> = {}): Notice {
  return { actor: 'bert', request_id: v4(), ...by };
}

/** Moves an order by the update `transition` and answers with the order after the step. */
export function transition(handle: WorkflowHandle, newStatus: OrderStatus, by: Partial<Notice> = {}): Promise<Order> {
  return handle.executeUpdate(transitionUpdate, { args: [{ ...notice(by), new_status: newStatus }] });
}

/** Sends the update `transition` and returns as soon as the workflow has accepted it. */
export function startTransition(handle: WorkflowHandle, newStatus: OrderStatus): Promise<WorkflowUpdateHandle<Order>> {
  return handle.startUpdate(transitionUpdate, {
    args: [{ ...notice(), new_status: newStatus }],
    waitForStage: WorkflowUpdateStage.ACCEPTED,
  });
}

/** Extends the hold of an order by the update `extend` and answers with the order after it. */
export function extendOrder(handle: WorkflowHandle, seconds: number, by: Partial<Notice> = {}): Promise<Order> {
  return handle.executeUpdate(extendOrderUpdate, { args: [{ ...notice(by), seconds }] });
}

/** The refusal that an update was answered with. @throws when it was answered otherwise */
export async function refusalFrom(update: Promise<unknown>): Promise<Refusal> {
  try {
    await update;
  } catch (error) {
    const refusal = error instanceof WorkflowUpdateFailedError ? refusalOf(error.cause) : undefined;
    if (refusal !== undefined) return refusal;
    throw error;
  }
  throw new Error('The update was not refused.');
}

/** The stock figures of a product, over all warehouses. */
export async function stockOf(db: Knex, { id }: StockedProduct): Promise<StockFigures> {
  const product = await readProduct(db, id);
  if (!product) throw new Error(`There is no product ${id}`);
  return { total: product.totalStock, available: product.availableStock, reserved: product.reservedStock };
}

/** The audit entries of an order and of its reservations, oldest first. */
export async function auditOf(db: Knex, orderId: string): Promise<readonly AuditEntry[]> {
  const { items } = await listOrderAudit(db, orderId, { limit: 100, after: null });
  return items;
}
