import { v7 } from 'uuid';
import { cancelSignal, confirmSignal, turnSignal } from '../../src/workflows/messages.ts';
import { historyOf } from '../support/history.ts';
import { heldOrder, item } from '../support/holds.ts';
import {
  extendOrder,
  notice,
  orderHandle,
  orderInput,
  placeOrder,
  requestOrder,
  startTransition,
  stockedProduct,
  transition,
  type PlacedOrder,
} from '../support/orders.ts';
import {
  endReservation,
  extendReservation,
  placeReservation,
  type PlacedReservation,
} from '../support/reservations.ts';
import { until } from '../support/until.ts';
import { ended, type Path, type Stage } from './stage.ts';

/** Every path on which a hold is extended, or is to be. */
export const extendedPaths: Readonly<Record<string, Path>> = {
  'order-extended-twice-and-confirmed': async (stage) => {
    const { handle } = await placed(stage);
    await extendOrder(handle, 300, { reason: 'waits for the bank' });
    await extendOrder(handle, 300);
    await transition(handle, 'confirmed');
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  'order-extended-and-expired': async (stage) => {
    const { handle } = await placed(stage, 1);
    await extendOrder(handle, 1);
    return ended({ handle });
  },

  'order-extended-as-the-hold-ended': async (stage) => {
    const gate = stage.calls.holdUp('extendHold');
    const { handle } = await placed(stage, 1);
    const extending = extendOrder(handle, 2);
    await gate.reached;
    await fired(handle);
    gate.open();
    await extending;
    return ended({ handle });
  },

  'order-extension-beyond-the-factor': async (stage) => {
    const { handle } = await placed(stage);
    await extendOrder(handle, 1201).catch(() => undefined);
    await transition(handle, 'confirmed');
    await transition(handle, 'cancelled');
    return ended({ handle });
  },

  'order-extension-refused-as-the-hold-ended': async (stage) => {
    const gate = stage.calls.holdUp('extendHold');
    const { handle } = await placed(stage, 1);
    const extending = extendOrder(handle, 3).catch(() => undefined);
    await gate.reached;
    await fired(handle);
    gate.open();
    await extending;
    return ended({ handle });
  },

  'order-extension-too-late': async (stage) => {
    const { handle } = await placed(stage);
    const gate = stage.calls.holdUpOutsideTheTask('fulfilReservation');
    await startTransition(handle, 'confirmed');
    await gate.reached;
    // While another command is under way, the door lets it in.
    const extending = extendOrder(handle, 60).catch(() => undefined);
    await until(async () => (await countOf(handle, 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED')) === 3);
    gate.open();
    await extending;
    await handle.signal(turnSignal);
    await handle.signal(cancelSignal, notice());
    return ended({ handle });
  },

  'order-resumed-and-extended': async (stage) => {
    const items = [item(await stockedProduct(stage.db), 3)];
    const { id: orderId } = await heldOrder(stage.db, ...items);
    await requestOrder(stage.worker, orderInput({ orderId, items }));
    const handle = orderHandle(stage.worker, orderId);
    await extendOrder(handle, 60);
    await handle.signal(confirmSignal, notice());
    await handle.signal(cancelSignal, notice());
    return ended({ handle });
  },

  'reservation-extended-and-confirmed': async (stage) => {
    const { handle } = await reserved(stage);
    await extendReservation(handle, 300);
    await extendReservation(handle, 300);
    await endReservation(handle, 'confirmed');
    return ended({ handle });
  },

  'reservation-extended-and-expired': async (stage) => {
    const { handle } = await reserved(stage, 1);
    await extendReservation(handle, 1);
    return ended({ handle });
  },

  'reservation-extension-beyond-the-factor': async (stage) => {
    const { handle } = await reserved(stage);
    await extendReservation(handle, 1201).catch(() => undefined);
    await endReservation(handle, 'released');
    return ended({ handle });
  },

  'reservation-extension-too-late': async (stage) => {
    const { handle } = await reserved(stage);
    const gate = stage.calls.holdUp('releaseReservation');
    const releasing = endReservation(handle, 'released');
    await gate.reached;
    const extending = extendReservation(handle, 60).catch(() => undefined);
    await until(async () => (await countOf(handle, 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED')) === 3);
    gate.open();
    await Promise.all([releasing, extending]);
    return ended({ handle });
  },
};

async function placed({ db, worker }: Stage, holdSeconds = 600): Promise<PlacedOrder> {
  const claim = { token: v7(), fingerprint: 'a request' };
  return placeOrder(worker, { items: [item(await stockedProduct(db), 3)], holdSeconds, claim });
}

async function reserved({ db, worker }: Stage, holdSeconds = 600): Promise<PlacedReservation> {
  return placeReservation(worker, { ...item(await stockedProduct(db), 3), holdSeconds });
}

/** Waits for the end of the first timer. */
async function fired(handle: PlacedOrder['handle']): Promise<void> {
  await until(async () => (await countOf(handle, 'TIMER_FIRED')) === 1);
}

async function countOf(handle: Parameters<typeof historyOf>[0], type: string): Promise<number> {
  return (await historyOf(handle)).filter((event) => event.type === type).length;
}
