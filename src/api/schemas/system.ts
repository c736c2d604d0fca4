import { z } from 'zod';
import type { Dependencies } from '../readiness.ts';
import { runStatuses } from '../run-status.ts';
import { workKinds, type QueueState, type ScheduleState, type SeenWorker } from '../temporal-state.ts';
import { dependencies } from './health.ts';
import { timestamp } from './values.ts';

const worker = z.strictObject({ identity: z.string(), last_seen: timestamp, kinds: z.array(z.enum(workKinds)) }).meta({
  id: 'Worker',
  description:
    'A process that asks Temporal for work at least once a minute. One whose `last_seen` is further back has ended or hangs; after five ' +
    'minutes it is forgotten.',
});

const schedule = z
  .strictObject({
    id: z.string(),
    note: z.string().nullable(),
    next_run: timestamp.nullable(),
    last_run: z.strictObject({ started_at: timestamp, status: z.enum(runStatuses) }).nullable(),
    paused: z.boolean(),
  })
  .meta({ id: 'Schedule', description: 'A schedule of Earmark as Temporal has it. A paused one has no `next_run`.' });

export const system = z
  .strictObject({
    version: z.string(),
    now: timestamp.meta({ description: 'By the clock of the API.' }),
    dependencies,
    task_queue: z.string(),
    workers: z.array(worker).nullable(),
    backlog: z
      .strictObject({ workflow: z.int(), activity: z.int() })
      .nullable()
      .meta({ description: 'About how many tasks no worker has taken yet.' }),
    schedules: z.array(schedule).nullable(),
  })
  .meta({ id: 'System', description: 'How Earmark is. What Temporal did not tell in time is null.' });

/** What of the system could be found out; undefined where there was no answer. */
interface SystemState {
  readonly version: string;
  readonly now: Date;
  readonly dependencies: Dependencies;
  readonly taskQueue: string;
  readonly queue: QueueState | undefined;
  readonly schedules: readonly ScheduleState[] | undefined;
}

export function presentSystem(of: SystemState): z.output<typeof system> {
  const { queue, schedules } = of;
  return {
    version: of.version,
    now: of.now.toISOString(),
    dependencies: of.dependencies,
    task_queue: of.taskQueue,
    workers: queue ? queue.workers.map(presentWorker) : null,
    backlog: queue ? queue.backlog : null,
    schedules: schedules ? schedules.map(presentSchedule) : null,
  };
}

function presentWorker({ identity, lastSeen, kinds }: SeenWorker): z.output<typeof worker> {
  return { identity, last_seen: lastSeen.toISOString(), kinds: [...kinds] };
}

function presentSchedule({ id, note, nextRun, lastRun, paused }: ScheduleState): z.output<typeof schedule> {
  return {
    id,
    note,
    next_run: nextRun && nextRun.toISOString(),
    last_run: lastRun && { started_at: lastRun.startedAt.toISOString(), status: lastRun.status },
    paused,
  };
}
