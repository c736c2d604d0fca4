import type { JSX } from 'preact';
import { useRoute } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { Refused } from '../../client/problem.ts';
import type { LiveEntry } from '../../client/live.ts';
import type { Accepted, Order } from '../../client/shapes.ts';
import { useData } from '../../client/use-data.ts';
import { Page } from '../../parts/page.tsx';
import { Empty, Failed } from '../../parts/states.tsx';
import { shortId } from '../../parts/words.ts';
import { laterOf } from '../orders/order-list.ts';
import { OrderFacts } from './order-facts.tsx';
import { OrderLines } from './order-lines.tsx';
import { OrderReturns } from './order-returns.tsx';
import { OrderState } from './order-state.tsx';
import { OrderStory } from './order-story.tsx';

/** Milliseconds until one that is still being placed is looked for again: nothing tells when it is refused. */
const patience = 1_000;

/** One order, and what can be done with it. */
export function OrderView(): JSX.Element {
  const id = useRoute().params['id'] ?? '';
  return (
    <Page key={id} title={`Order ${shortId(id)}`}>
      <OneOrder id={id} />
    </Page>
  );
}

function OneOrder({ id }: { readonly id: string }): JSX.Element {
  const [concerned, setConcerned] = useState<ReadonlySet<string>>(new Set());
  const data = useData<Order | Accepted>(`/api/orders/${encodeURIComponent(id)}/`, (entry) =>
    isAbout(entry, id, concerned),
  );
  // What a step was answered with is there at once, and not only once it was read again.
  const [moved, setMoved] = useState<Order>();
  const { answer, error } = data;
  const isPlacing = answer?.status === 202 && !(error instanceof Refused);
  const read = answer === undefined || answer.status === 202 ? undefined : (answer.data as Order);
  const order = read && moved ? laterOf(moved, read) : read;
  useEffect(() => {
    if (!isPlacing) return undefined;
    const timer = window.setInterval(() => data.reload(), patience);
    return () => window.clearInterval(timer);
  }, [isPlacing]);
  // The place of one that waits changes with what others do.
  const awaited = order?.waiting ? order.lines.map(({ product }) => product.id).join() : '';
  useEffect(() => setConcerned(new Set(awaited.split(','))), [awaited]);
  if (order) {
    return (
      <div class="order">
        <OrderState order={order} onMoved={setMoved} reload={() => data.reload()} />
        <OrderFacts order={order} />
        <OrderLines order={order} />
        <OrderReturns order={order} onReturned={() => data.reload()} />
        <OrderStory order={order} />
      </div>
    );
  }
  if (isPlacing) return <BeingPlaced id={id} />;
  return (
    <div class="order" aria-busy={error === undefined}>
      {error ? (
        <>
          <Failed error={error} {...(isFinal(error) ? {} : { retry: () => data.reload() })} />
          <p>
            <a href="/orders">All orders</a>
          </p>
        </>
      ) : (
        <p class="visually-hidden">Loading …</p>
      )}
    </div>
  );
}

function BeingPlaced({ id }: { readonly id: string }): JSX.Element {
  return (
    <div class="order" role="status">
      <Empty>
        Order {id} was accepted and is being placed. This page looks again by itself until it is there, or refused.
      </Empty>
    </div>
  );
}

function isAbout(entry: LiveEntry, id: string, awaited: ReadonlySet<string>): boolean {
  return entry.order_id === id || entry.product_ids.some((product) => awaited.has(product));
}

/** Whether asking again would get the same answer. */
function isFinal(error: Error): boolean {
  return error instanceof Refused && error.problem.status < 500;
}
