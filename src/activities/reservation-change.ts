import type { Change } from '../domain/audit.ts';

/** The audit entry of units that were reserved. */
export function reservationCreated({ id, quantity }: { readonly id: string; readonly quantity: number }): Change {
  return {
    action: 'RESERVATION_CREATED',
    objectType: 'Reservation',
    objectId: id,
    oldValue: null,
    newValue: { qty: quantity },
  };
}
