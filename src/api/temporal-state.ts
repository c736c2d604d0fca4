import { ScheduleNotFoundError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { cleanupScheduleId, reconcileScheduleId } from '../workflows/messages.ts';
import { runStatusOf, type RunStatus } from './run-status.ts';

/** What a worker takes from the queue. */
export const workKinds = ['workflow', 'activity'] as const;

export type WorkKind = (typeof workKinds)[number];

/** A process that asks Temporal for work, or did within the last minutes. */
export interface SeenWorker {
  /** The process id and the machine. */
  readonly identity: string;
  /** When it last asked. */
  readonly lastSeen: Date;
  readonly kinds: readonly WorkKind[];
}

/** Who works on a task queue, and how many tasks nobody has taken yet. */
export interface QueueState {
  readonly workers: readonly SeenWorker[];
  readonly backlog: Readonly<Record<WorkKind, number>>;
}

/** A schedule of Earmark as Temporal has it. */
export interface ScheduleState {
  readonly id: string;
  /** In the words of whoever paused it last. */
  readonly note: string | null;
  readonly paused: boolean;
  /** Null while it is paused. */
  readonly nextRun: Date | null;
  readonly lastRun: { readonly startedAt: Date; readonly status: RunStatus } | null;
}

const { TASK_QUEUE_TYPE_WORKFLOW: workflow, TASK_QUEUE_TYPE_ACTIVITY: activity } =
  proto.temporal.api.enums.v1.TaskQueueType;

const types = { workflow, activity } as const satisfies Record<WorkKind, number>;

/** Asks Temporal who polls a task queue: it remembers pollers for five minutes. @throws when it does not answer */
export async function readQueue(client: Client, taskQueue: string): Promise<QueueState> {
  const { namespace } = client.options;
  const described = await Promise.all(
    workKinds.map(async (kind) => {
      const request = { namespace, taskQueue: { name: taskQueue }, taskQueueType: types[kind], reportStats: true };
      return [kind, await client.workflowService.describeTaskQueue(request)] as const;
    }),
  );
  const workers = new Map<string, { identity: string; lastSeen: Date; kinds: WorkKind[] }>();
  const backlog = { workflow: 0, activity: 0 };
  for (const [kind, { pollers, stats }] of described) {
    backlog[kind] = Number(stats?.approximateBacklogCount ?? 0);
    for (const { identity: named, lastAccessTime } of pollers) {
      const identity = named ?? '';
      const lastSeen = dateOf(lastAccessTime);
      const known = workers.get(identity) ?? { identity, lastSeen, kinds: [] as WorkKind[] };
      if (!known.kinds.includes(kind)) known.kinds.push(kind);
      if (lastSeen > known.lastSeen) known.lastSeen = lastSeen;
      workers.set(identity, known);
    }
  }
  return { workers: Array.from(workers.values()).toSorted(byLastSeen), backlog };
}

/** How the schedules of Earmark are; one that no worker has made yet is absent. @throws when Temporal does not answer */
export async function readSchedules(client: Client): Promise<readonly ScheduleState[]> {
  const states = await Promise.all([reconcileScheduleId, cleanupScheduleId].map((id) => readSchedule(client, id)));
  return states.filter((state) => state !== undefined);
}

async function readSchedule(client: Client, id: string): Promise<ScheduleState | undefined> {
  try {
    const { state, info } = await client.schedule.getHandle(id).describe();
    const last = info.recentActions.at(-1);
    return {
      id,
      note: state.note === undefined || state.note === '' ? null : state.note,
      paused: state.paused,
      nextRun: state.paused ? null : (info.nextActionTimes[0] ?? null),
      lastRun: last
        ? { startedAt: last.takenAt, status: await readStatus(client, last.action.workflow.workflowId) }
        : null,
    };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

async function readStatus(client: Client, workflowId: string): Promise<RunStatus> {
  try {
    return runStatusOf((await client.workflow.getHandle(workflowId).describe()).status.name);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'unknown';
    throw error;
  }
}

function dateOf(at: { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined): Date {
  return new Date(Number(at?.seconds ?? 0) * 1000 + Math.floor((at?.nanos ?? 0) / 1_000_000));
}

function byLastSeen(one: SeenWorker, two: SeenWorker): number {
  return two.lastSeen.getTime() - one.lastSeen.getTime();
}
