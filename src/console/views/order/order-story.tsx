import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { readPages } from '../../client/all-pages.ts';
import type { LiveEntry } from '../../client/live.ts';
import type { AuditEntry, Order, OrderMovement } from '../../client/shapes.ts';
import { useData, type Data } from '../../client/use-data.ts';
import { WorkflowLink } from '../../parts/links.tsx';
import { Failed } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { useChangedRows } from '../../parts/use-changed-rows.ts';
import { entryInWords, movementInWords } from './story-words.ts';

/** Pages of a hundred rows that are read to begin with, and with each "more": an order of fifty lines has two. */
const pagesAtOnce = 5;

interface Happening {
  readonly id: string;
  readonly at: string;
  readonly source: 'audit log' | 'ledger';
  readonly text: string;
  readonly actor: string;
  readonly on_behalf_of: string | null;
  readonly request_id: string | null;
  readonly workflow_id: string | null;
}

/** All that happened to an order: what the audit log has and what the ledger has, by time. */
export function OrderStory({ order }: { readonly order: Order }): JSX.Element {
  const [pages, setPages] = useState(pagesAtOnce);
  const entries = useRows<AuditEntry>(order.id, 'audit', pages);
  const movements = useRows<OrderMovement>(order.id, 'movements', pages);
  useEffect(() => {
    if (pages === pagesAtOnce) return;
    entries.reload();
    movements.reload();
  }, [pages]);
  const isThere = entries.answer !== undefined && movements.answer !== undefined;
  const error = entries.error ?? movements.error;
  const { story, hasMore } = mergedStory(order, entries, movements);
  const mark = useChangedRows(order.id, isThere ? story : undefined, ({ id }) => id);
  return (
    <section aria-label="Timeline" class="story-part" aria-busy={!isThere && error === undefined}>
      <h2>Timeline</h2>
      {!isThere && error && <Failed error={error} />}
      <ol class="story">
        {isThere &&
          story.map((happening) => (
            <li key={happening.id} class={mark(happening.id)}>
              <Told happening={happening} />
            </li>
          ))}
      </ol>
      {hasMore && (
        <button type="button" onClick={() => setPages(pages + pagesAtOnce)}>
          More of what happened
        </button>
      )}
    </section>
  );
}

function Told({ happening }: { readonly happening: Happening }): JSX.Element {
  const { at, source, text, actor, on_behalf_of: party, request_id: request, workflow_id: workflow } = happening;
  return (
    <>
      <p class="story-head">
        <Time at={at} /> · {source}
      </p>
      <p class="story-text">{text}</p>
      <p class="story-cause">
        by <b>{actor}</b>
        {party !== null && (
          <>
            {' '}
            for <b>{party}</b>
          </>
        )}
        {request !== null && (
          <>
            {' '}
            · request <code>{request}</code>
          </>
        )}
        {workflow !== null && (
          <>
            {' '}
            · workflow <WorkflowLink id={workflow} />
          </>
        )}
      </p>
    </>
  );
}

function useRows<Row>(id: string, what: 'audit' | 'movements', pages: number): Data<readonly Row[]> {
  const concerns = (entry: LiveEntry): boolean => entry.order_id === id;
  return useData<readonly Row[]>(`/api/orders/${id}/${what}/?limit=100`, concerns, readPages<Row>(pages));
}

/** Both by time, as far as both were read: behind the end of one that goes on nothing is told that would not be in its place. */
function mergedStory(
  order: Order,
  { answer: entries }: Data<readonly AuditEntry[]>,
  { answer: movements }: Data<readonly OrderMovement[]>,
): { readonly story: readonly Happening[]; readonly hasMore: boolean } {
  if (!entries || !movements) return { story: [], hasMore: false };
  const told = entries.data.map((entry) => toldByLog(entry, order));
  const moved = movements.data.map(toldByLedger);
  const ends = [
    entries.nextCursor === null ? undefined : told.at(-1)?.at,
    movements.nextCursor === null ? undefined : moved.at(-1)?.at,
  ];
  const end = ends.filter((at) => at !== undefined).sort()[0];
  const story = [...told, ...moved]
    .filter(({ at }) => end === undefined || at <= end)
    // Stable: of one moment the log tells first, and each keeps its order.
    .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
  return { story, hasMore: end !== undefined };
}

function toldByLog(entry: AuditEntry, order: Order): Happening {
  const { actor, on_behalf_of, request_id, workflow_id } = entry;
  const text = entryInWords(entry, order);
  const cause = { actor, on_behalf_of, request_id, workflow_id };
  return { id: `entry-${entry.id}`, at: entry.timestamp, source: 'audit log', text, ...cause };
}

function toldByLedger(movement: OrderMovement): Happening {
  const { actor, request_id, workflow_id } = movement;
  const cause = { actor, on_behalf_of: null, request_id, workflow_id };
  return {
    id: `movement-${movement.id}`,
    at: movement.at,
    source: 'ledger',
    text: movementInWords(movement),
    ...cause,
  };
}
