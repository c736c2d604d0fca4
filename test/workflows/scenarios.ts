import { strict as assert } from 'node:assert';
import type { Knex } from 'knex';
import { v7 } from 'uuid';
import type { AuditAction } from '../../src/domain/audit.ts';
import { readOrder } from '../../src/persistence/orders.ts';
import { readReservation } from '../../src/persistence/reservations.ts';
import { readReturn } from '../../src/persistence/returns.ts';
import { orderWorkflowId, reservationWorkflowId, returnWorkflowId } from '../../src/workflows/messages.ts';
import type { ActivityName } from '../support/activities.ts';
import { placeOrder, placeOrderThatIs, stockOf, transition } from '../support/orders.ts';
import { endReservation, placeReservation } from '../support/reservations.ts';
import { placeReturn, returnInput } from '../support/returns.ts';
import type { TestWorker } from '../support/worker.ts';

/** A step that an activity takes, and all that it may leave behind. */
export interface Scenario {
  readonly activity: ActivityName;
  readonly of: 'order' | 'reservation' | 'return';
  readonly title: string;
  /** Does what makes the activity run, and gives the answer that somebody got. */
  act(worker: TestWorker, id: string, productId: string): Promise<object>;
  /** What the audit log then says of it, and no more. */
  readonly actions: readonly AuditAction[];
  readonly stock: { readonly total: number; readonly available: number; readonly reserved: number };
}

const whole = { total: 10, available: 10, reserved: 0 };
const held = { total: 10, available: 7, reserved: 3 };
const sold = { total: 7, available: 7, reserved: 0 };
const placed = ['ORDER_CREATED', 'RESERVATION_CREATED'] as const;
const confirmed = [...placed, 'RESERVATION_FULFILLED', 'ORDER_STATUS_CHANGED'] as const;

/** A scenario for everything that activities do to stock. */
export const scenarios: readonly Scenario[] = [
  {
    activity: 'reserveOrder',
    of: 'order',
    title: 'placing an order',
    actions: placed,
    stock: held,
    act: async (worker, orderId, productId) => (await placeOrder(worker, orderOf(orderId, productId))).order,
  },
  {
    activity: 'fulfilReservation',
    of: 'order',
    title: 'confirming an order',
    actions: confirmed,
    stock: sold,
    act: async (worker, orderId, productId) => {
      const { handle } = await placeOrder(worker, orderOf(orderId, productId));
      return transition(handle, 'confirmed');
    },
  },
  {
    activity: 'releaseReservation',
    of: 'order',
    title: 'cancelling a pending order',
    stock: whole,
    actions: [...placed, 'RESERVATION_RELEASED', 'ORDER_STATUS_CHANGED'],
    act: async (worker, orderId, productId) => {
      const { handle } = await placeOrder(worker, orderOf(orderId, productId));
      return transition(handle, 'cancelled');
    },
  },
  {
    activity: 'reserveOrder',
    of: 'order',
    title: 'joining a waiting list',
    stock: whole,
    actions: ['ORDER_CREATED', 'WAITING_STARTED'],
    act: async (worker, orderId, productId) => (await placeOrder(worker, waiting(orderId, productId))).order,
  },
  {
    activity: 'leaveWaitingList',
    of: 'order',
    title: 'leaving a waiting list',
    stock: whole,
    actions: ['ORDER_CREATED', 'WAITING_STARTED', 'WAITING_ENDED', 'ORDER_STATUS_CHANGED'],
    act: async (worker, orderId, productId) => {
      const { handle } = await placeOrder(worker, waiting(orderId, productId));
      return transition(handle, 'cancelled');
    },
  },
  {
    activity: 'expireReservation',
    of: 'order',
    title: 'expiring an order',
    stock: whole,
    actions: [...placed, 'RESERVATION_EXPIRED', 'ORDER_STATUS_CHANGED'],
    act: async (worker, orderId, productId) => {
      const { handle } = await placeOrder(worker, { ...orderOf(orderId, productId), holdSeconds: 1 });
      return handle.result();
    },
  },
  {
    activity: 'advanceOrder',
    of: 'order',
    title: 'moving an order on',
    stock: sold,
    actions: [...confirmed, 'ORDER_STATUS_CHANGED'],
    act: async (worker, orderId, productId) => {
      const { handle } = await placeOrderThatIs('confirmed', worker, orderOf(orderId, productId));
      return transition(handle, 'processing');
    },
  },
  {
    activity: 'advanceOrder',
    of: 'order',
    title: 'restocking a confirmed order',
    stock: whole,
    actions: [...confirmed, 'ORDER_STATUS_CHANGED', 'STOCK_ADJUSTED'],
    act: async (worker, orderId, productId) => {
      const { handle } = await placeOrderThatIs('confirmed', worker, orderOf(orderId, productId));
      return transition(handle, 'cancelled');
    },
  },
  {
    activity: 'reserveStock',
    of: 'reservation',
    title: 'reserving units',
    stock: held,
    actions: ['RESERVATION_CREATED'],
    act: async (worker, reservationId, productId) =>
      (await placeReservation(worker, { reservationId, productId, quantity: 3 })).reservation,
  },
  {
    activity: 'fulfilReservation',
    of: 'reservation',
    title: 'confirming a reservation',
    stock: sold,
    actions: ['RESERVATION_CREATED', 'RESERVATION_FULFILLED'],
    act: async (worker, reservationId, productId) => {
      const { handle } = await placeReservation(worker, { reservationId, productId, quantity: 3 });
      return endReservation(handle, 'confirmed');
    },
  },
  {
    activity: 'returnItems',
    of: 'return',
    title: 'taking units of a delivered order back',
    stock: { total: 9, available: 9, reserved: 0 },
    actions: ['ITEMS_RETURNED', 'STOCK_ADJUSTED'],
    act: async (worker, returnId, productId) => {
      const { id: orderId } = await placeOrderThatIs('delivered', worker, orderOf(v7(), productId));
      return placeReturn(worker, returnInput({ returnId, orderId, quantity: 2 }));
    },
  },
];

/** Sees that a scenario took place once: in audit log, stock, row and answer. */
export async function assertOneEffect(
  db: Knex,
  scenario: Scenario,
  id: string,
  product: { readonly id: string; readonly sku: string },
  answer: object,
): Promise<void> {
  const entries = await db('audit_log')
    .where({ workflow_id: workflowIdOf(scenario, id) })
    .orderBy('id')
    .pluck('action');
  assert.deepEqual(entries, scenario.actions);
  assert.deepEqual(await stockOf(db, product), scenario.stock);
  const row = await { order: readOrder, reservation: readReservation, return: readReturn }[scenario.of](db, id);
  assert.deepEqual(answer, scenario.activity === 'expireReservation' ? { ending: 'cancelled' } : row);
}

/** The workflow of a scenario's order, reservation or return. */
export function workflowIdOf({ of }: Scenario, id: string): string {
  return { order: orderWorkflowId, reservation: reservationWorkflowId, return: returnWorkflowId }[of](id);
}

function orderOf(orderId: string, productId: string) {
  return { orderId, items: [{ productId, quantity: 3 }] };
}

/** More than there is. */
function waiting(orderId: string, productId: string) {
  return { orderId, items: [{ productId, quantity: 11 }], onShortage: 'wait' as const };
}
