import { WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import { v4, v7 } from 'uuid';
import type { Return } from '../../src/domain/return.ts';
import type { orderReturn } from '../../src/workflows/index.ts';
import {
  currentRules,
  orderReturnPlacedUpdate,
  returnWorkflowId,
  type OrderReturnInput,
  type OrderReturnPlacement,
} from '../../src/workflows/messages.ts';
import type { TestWorker } from './worker.ts';

/** The input of a return's workflow; what is left out gets a default. */
export function returnInput(input: Partial<OrderReturnInput> & Pick<OrderReturnInput, 'orderId'>): OrderReturnInput {
  const what = { line: 1, quantity: 1, warehouse: 'MAIN', reason: 'wrong colour' };
  return { rules: currentRules, returnId: v7(), ...what, actor: 'anna', requestId: v4(), ...input };
}

/** The start of a return's workflow, as the API does it. */
export function startingReturn({ taskQueue }: Pick<TestWorker, 'taskQueue'>, input: OrderReturnInput) {
  return new WithStartWorkflowOperation<typeof orderReturn>('orderReturn', {
    workflowId: returnWorkflowId(input.returnId),
    args: [input],
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
  });
}

/** Asks for a return and waits for what became of it. */
export async function requestReturn(worker: TestWorker, input: OrderReturnInput): Promise<OrderReturnPlacement> {
  return worker.client.workflow.executeUpdateWithStart(orderReturnPlacedUpdate, {
    startWorkflowOperation: startingReturn(worker, input),
    updateId: 'placed',
  });
}

/** Makes a return that must not be refused. */
export async function placeReturn(worker: TestWorker, input: OrderReturnInput): Promise<Return> {
  const placement = await requestReturn(worker, input);
  if ('refused' in placement) throw new Error(`The return was refused: ${placement.refused.message}`);
  return placement.return;
}

/** The workflow of a return. */
export function returnHandle(
  { client }: Pick<TestWorker, 'client'>,
  returnId: string,
): WorkflowHandle<typeof orderReturn> {
  return client.workflow.getHandle<typeof orderReturn>(returnWorkflowId(returnId));
}
