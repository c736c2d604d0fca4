import type { Change } from '../domain/audit.ts';
import type { OrderStatus } from '../domain/order-status.ts';

/** The audit entry of an order's step; a reason that somebody gave stands beside the new status. */
export function statusChange(orderId: string, from: OrderStatus, to: OrderStatus, reason?: string): Change {
  return {
    action: 'ORDER_STATUS_CHANGED',
    objectType: 'Order',
    objectId: orderId,
    oldValue: { status: from },
    newValue: { status: to, ...(reason === undefined ? {} : { reason }) },
  };
}
