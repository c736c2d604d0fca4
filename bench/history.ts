import { inParallel } from '../src/in-parallel.ts';
import type { System } from './system.ts';

/** What a workflow cost, on average over a sample. */
export interface HistoryFigures {
  /** Events in its history. */
  readonly events: number | null;
  /** Billable actions, see {@link actionsIn}. */
  readonly actions: number | null;
}

/** The part of an event that is counted. */
export interface CountedEvent {
  readonly workflowExecutionStartedEventAttributes?: unknown;
  readonly workflowExecutionSignaledEventAttributes?: unknown;
  readonly workflowExecutionUpdateAcceptedEventAttributes?: unknown;
  readonly timerStartedEventAttributes?: unknown;
  readonly upsertWorkflowSearchAttributesEventAttributes?: unknown;
  readonly activityTaskScheduledEventAttributes?: unknown;
  readonly activityTaskStartedEventAttributes?: { readonly attempt?: number | null } | null;
  readonly markerRecordedEventAttributes?: {
    readonly markerName?: string | null;
    readonly workflowTaskCompletedEventId?: { toString(): string } | null;
  } | null;
}

/** Reads the histories of some orders. Orders of a system without Temporal have none. */
export async function historiesOf({ temporal }: System, orderIds: readonly string[]): Promise<HistoryFigures> {
  if (temporal === undefined || orderIds.length === 0) return { events: null, actions: null };
  let events = 0;
  let actions = 0;
  await inParallel(orderIds, async (id) => {
    const history = await temporal.client.workflow.getHandle(temporal.workflowId(id)).fetchHistory();
    events += history.events?.length ?? 0;
    actions += actionsIn((history.events ?? []) as readonly CountedEvent[]);
  });
  return { events: events / orderIds.length, actions: actions / orderIds.length };
}

/**
 * Counts what Temporal Cloud would bill, by its published list of actions: starting a workflow 1; each signal 1; each update 1 (so
 * that update-with-start is 2); each timer 1; each upsert of search attributes 1; each attempt of an activity 1; all local activities of
 * one workflow task together 1. A version marker, a side effect and a heartbeat would be 1 each as well. Queries leave no event and are not
 * in here; neither do updates that the validator refused.
 */
export function actionsIn(events: readonly CountedEvent[]): number {
  let actions = 0;
  const localBatches = new Set<string>();
  for (const event of events) {
    if (event.workflowExecutionStartedEventAttributes) actions += 1;
    if (event.workflowExecutionSignaledEventAttributes) actions += 1;
    if (event.workflowExecutionUpdateAcceptedEventAttributes) actions += 1;
    if (event.timerStartedEventAttributes) actions += 1;
    if (event.upsertWorkflowSearchAttributesEventAttributes) actions += 1;
    if (event.activityTaskScheduledEventAttributes) actions += 1;
    // The first attempt is the scheduled activity itself.
    actions += Math.max((event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1, 0);
    const marker = event.markerRecordedEventAttributes;
    if (marker?.markerName === 'core_local_activity') localBatches.add(String(marker.workflowTaskCompletedEventId));
    else if (marker) actions += 1;
  }
  return actions + localBatches.size;
}
