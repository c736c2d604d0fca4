import type { WorkflowHandle } from '@temporalio/client';
import type { Knex } from 'knex';
import type { NextCalls } from '../support/activities.ts';
import type { TestWorker } from '../support/worker.ts';

/** What a path is walked on: a worker whose activities can be held up, over a database. */
export interface Stage {
  readonly db: Knex;
  readonly worker: TestWorker;
  readonly calls: NextCalls;
}

/** So many units one line may have where histories are recorded. */
export const mostUnits = 1000;

/** Walks one path through a workflow and gives the workflow, whose history is then recorded. */
export type Path = (stage: Stage) => Promise<WorkflowHandle>;

/** The workflow, once it has ended. */
export async function ended({ handle }: { readonly handle: WorkflowHandle }): Promise<WorkflowHandle> {
  await handle.result();
  return handle;
}
