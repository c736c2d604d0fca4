import type { ChangeEntry } from '../persistence/change-entries.ts';

/** Milliseconds after which a caller whose connection broke comes back. */
const retry = 1_000;

/** The first event of a connection. @param id the position from which it goes on */
export function helloFrame(id: string | undefined, now: Date): Buffer {
  return Buffer.from(`retry: ${retry}\n${frame('hello', { now: now.toISOString() }, id)}`);
}

/** Says that the connection is alive, and what time it is. */
export function timeFrame(now: Date): Buffer {
  return Buffer.from(frame('time', { now: now.toISOString() }));
}

/** Entries that are new. @param id the position behind them */
export function changeFrame(id: string | undefined, entries: readonly ChangeEntry[]): Buffer {
  return Buffer.from(frame('change', { entries: entries.map(presentEntry) }, id));
}

/** Too much was missed: everything is to be read again. @param id the position that is as old as what is read then, or older */
export function resetFrame(id: string | undefined): Buffer {
  return Buffer.from(frame('reset', {}, id));
}

/** One event. JSON has no line breaks, so that its data is one line. */
function frame(event: string, data: object, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function presentEntry(of: ChangeEntry): Readonly<Record<string, unknown>> {
  return {
    id: of.id,
    action: of.action,
    object_type: of.objectType,
    object_id: of.objectId,
    order_id: of.orderId,
    product_ids: of.productIds,
    status: of.status,
    actor: of.actor,
    timestamp: of.timestamp,
  };
}
