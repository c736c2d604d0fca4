import { confirmSignal } from '../../src/workflows/messages.ts';
import { item } from '../support/holds.ts';
import { notice, placeOrder, stockedProduct, transition } from '../support/orders.ts';
import { endReservation, placeReservation } from '../support/reservations.ts';
import { ended, type Path } from './stage.ts';

/** Paths of workflows whose actors act for somebody else. */
export const behalfPaths: Readonly<Record<string, Path>> = {
  'order-on-behalf-of-another': async ({ db, worker }) => {
    const items = [item(await stockedProduct(db), 3)];
    const { handle } = await placeOrder(worker, { items, onBehalfOf: 'anna' });
    // Ignored: nobody acts for the timers, or for what is no name.
    await handle.signal(confirmSignal, notice({ on_behalf_of: 'system' }));
    await handle.signal(confirmSignal, notice({ on_behalf_of: 7 as never }));
    await transition(handle, 'confirmed', { on_behalf_of: 'ben' });
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  'order-waiting-cancelled-on-behalf-of-another': async ({ db, worker }) => {
    const items = [item(await stockedProduct(db, { stock: 2 }), 3)];
    const asked = { items, onShortage: 'wait', waitSeconds: 600, onBehalfOf: 'anna' } as const;
    const { handle } = await placeOrder(worker, asked);
    await transition(handle, 'cancelled', { on_behalf_of: 'ben' });
    return ended({ handle });
  },

  'reservation-on-behalf-of-another': async ({ db, worker }) => {
    const { id: productId } = await stockedProduct(db);
    const { handle } = await placeReservation(worker, { productId, quantity: 3, onBehalfOf: 'anna' });
    await endReservation(handle, 'released');
    return ended({ handle });
  },
};
