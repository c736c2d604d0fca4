import { advanceOrder } from '../../src/activities/advance-order.ts';
import { endOrderHold } from '../../src/activities/end-hold.ts';
import { reserveOrder } from '../../src/activities/reserve-order.ts';
import type { Cause } from '../../src/domain/audit.ts';
import { systemActor } from '../../src/domain/audit.ts';
import { defaultHoldRules } from '../../src/domain/holding-limits.ts';
import type { Order } from '../../src/domain/order.ts';
import type { OrderStatus } from '../../src/domain/order-status.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import { announce, settingsOf } from '../child.ts';
import { serveOrders } from '../order-api.ts';

// The same transactions as Earmark's, called by the server itself. Holds end by timers of this process, which a restart would forget.

const { databaseUrl } = settingsOf() as { readonly databaseUrl: string };
/** As many as a worker of Earmark has. */
const poolMax = 16;
const db = openDatabase({ url: databaseUrl, poolMax, name: 'bench bare' });
const ending = new Map<string, NodeJS.Timeout>();

function expireIn(orderId: string, milliseconds: number): void {
  const expire = async (): Promise<void> => {
    ending.delete(orderId);
    await endOrderHold(db, { orderId }, 'expired', { actor: systemActor, requestId: null, workflowId: null });
  };
  ending.set(
    orderId,
    setTimeout(() => void expire().catch((error: unknown) => console.error(error)), milliseconds),
  );
}

async function move(orderId: string, newStatus: OrderStatus, cause: Cause): Promise<Order> {
  if (newStatus === 'confirmed') return (await endOrderHold(db, { orderId }, 'confirmed', cause)).value;
  if (newStatus === 'pending') throw new Error('No order becomes pending.');
  return (await advanceOrder(db, { orderId, newStatus }, cause)).value;
}

announce(
  await serveOrders(
    {
      async place(input, by) {
        const { value } = await reserveOrder(db, input, defaultHoldRules.limits, { ...by, workflowId: null });
        expireIn(input.orderId, value.remainingHoldMs);
        return value.order;
      },
      async move(orderId, newStatus, by) {
        const order = await move(orderId, newStatus, { ...by, workflowId: null });
        clearTimeout(ending.get(orderId));
        ending.delete(orderId);
        return order;
      },
    },
    db,
    'bare',
  ),
);
