import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';

/** One event of a workflow's history: its type in words, like ACTIVITY_TASK_SCHEDULED, and what it says. */
export interface HistoryEvent {
  readonly type: string;
  readonly event: proto.temporal.api.history.v1.IHistoryEvent;
}

/** The history of a workflow, oldest event first. */
export async function historyOf(handle: WorkflowHandle): Promise<readonly HistoryEvent[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map((event) => ({
    type: proto.temporal.api.enums.v1.EventType[event.eventType ?? 0]?.replace('EVENT_TYPE_', '') ?? 'UNKNOWN',
    event,
  }));
}

/** Names of the activities that a workflow has scheduled, or carried out within a task of its own, in order. */
export async function activitiesOf(handle: WorkflowHandle): Promise<readonly string[]> {
  const events = await historyOf(handle);
  return events
    .map(({ event }) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? localActivityOf(event))
    .filter((name) => typeof name === 'string');
}

/** The name in the marker of an activity that was carried out within a workflow task. */
function localActivityOf({ markerRecordedEventAttributes }: HistoryEvent['event']): string | undefined {
  const [data] = markerRecordedEventAttributes?.details?.['data']?.payloads ?? [];
  if (markerRecordedEventAttributes?.markerName !== 'core_local_activity' || !data?.data) return undefined;
  return (JSON.parse(Buffer.from(data.data).toString('utf8')) as { activity_type: string }).activity_type;
}
