import { Client, Connection, WorkflowUpdateFailedError } from '@temporalio/client';
import { refusalError } from '../../src/api/ask-workflow.ts';
import type { Order } from '../../src/domain/order.ts';
import { openDatabase } from '../../src/persistence/database.ts';
import { orderWorkflowId } from '../../src/workflows/messages.ts';
import { refusalOf } from '../../src/workflows/refusals.ts';
import { announce, settingsOf } from '../child.ts';
import { serveOrders } from '../order-api.ts';
import { plainQueue, type PlainOrderInput, type PlainSettings, type PlainStep } from './messages.ts';

// An API that starts a workflow and then asks it, in two requests. Whatever is only read it reads from the database itself.

const { databaseUrl, temporalAddress } = settingsOf() as PlainSettings;
const db = openDatabase({ url: databaseUrl, poolMax: 16, name: 'bench plain api' });
const connection = await Connection.connect({ address: temporalAddress });
const client = new Client({ connection });

async function unlessRefused(answer: Promise<Order>): Promise<Order> {
  try {
    return await answer;
  } catch (error) {
    const refusal = error instanceof WorkflowUpdateFailedError ? refusalOf(error.cause) : undefined;
    throw refusal === undefined ? error : refusalError(refusal);
  }
}

announce(
  await serveOrders(
    {
      async place(order, by) {
        const handle = await client.workflow.start('plainOrder', {
          workflowId: orderWorkflowId(order.orderId),
          taskQueue: plainQueue,
          args: [{ ...order, ...by } satisfies PlainOrderInput],
        });
        return unlessRefused(handle.executeUpdate<Order, []>('placed'));
      },
      async move(orderId, newStatus, by) {
        const handle = client.workflow.getHandle(orderWorkflowId(orderId));
        const args: [PlainStep] = [{ ...by, newStatus }];
        return unlessRefused(handle.executeUpdate<Order, [PlainStep]>('transition', { args }));
      },
    },
    db,
    'plain',
  ),
);
