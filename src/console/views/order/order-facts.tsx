import type { JSX } from 'preact';
import type { Order } from '../../client/shapes.ts';
import { OrderLink, ProductLink, WorkflowLink } from '../../parts/links.tsx';
import { Time } from '../../parts/time.tsx';
import { counted, formatMoney, inWords } from '../../parts/words.ts';

const shortagePolicies: Readonly<Record<Order['on_shortage'], string>> = {
  reject: 'refuses when there is too little',
  partial: 'takes what there is',
  wait: 'waits for its units',
};

/** What there is to know of an order. */
export function OrderFacts({ order }: { readonly order: Order }): JSX.Element {
  return (
    <section class="card" aria-label="Facts">
      <dl class="facts">
        <dt>Id</dt>
        <dd>
          <code>{order.id}</code>
        </dd>
        <dt>Reference</dt>
        <dd>{order.reference ?? 'none'}</dd>
        <dt>Total</dt>
        <dd class="figure">
          {formatMoney(order.total, order.currency)} for {counted(order.quantity, 'unit')}
        </dd>
        <dt>Placed by</dt>
        <dd>{order.placed_by}</dd>
        <dt>Created</dt>
        <dd>
          <Time at={order.created_at} />
        </dd>
        <dt>Last changed</dt>
        <dd>
          <Time at={order.updated_at} />
        </dd>
        <dt>{order.status === 'pending' ? 'Hold ends' : 'Hold ended'}</dt>
        <dd>{order.expires_at === null ? 'it has none' : <Hold order={order} until={order.expires_at} />}</dd>
        <dt>Waiting list</dt>
        <dd>
          <Waiting order={order} />
        </dd>
        <dt>Allocation</dt>
        <dd>
          {inWords(order.allocation)}
          {order.region !== null && `, to ${order.region}`}; {shortagePolicies[order.on_shortage]}
        </dd>
        <Rescue order={order} />
        <dt>Workflow</dt>
        <dd>
          <WorkflowLink id={order.workflow_id} />
        </dd>
      </dl>
    </section>
  );
}

/** Of an order that went on its hold ended earlier than its time, and that is not told here. */
function Hold({ order, until }: { readonly order: Order; readonly until: string }): JSX.Element {
  if (order.status === 'pending' || order.cancel_reason === 'expired') return <Time at={until} />;
  return (
    <>
      {order.reservations.some(({ confirmed }) => confirmed) ? 'with its confirmation' : 'with its cancellation'}; it
      would have been at <Time at={until} />
    </>
  );
}

function Waiting({ order: { waiting, lines, on_shortage: policy } }: { readonly order: Order }): JSX.Element {
  const [line] = lines;
  if (!line || policy !== 'wait') return <>not in one</>;
  const list = <a href={`/waiting-lists?product_id=${line.product.id}`}>waiting list</a>;
  if (!waiting)
    return (
      <>
        not any more; the {list} of {line.product.sku}
      </>
    );
  return (
    <>
      place {waiting.position} in the {list} of <ProductLink product={line.product} />, until{' '}
      <Time at={waiting.until} />
    </>
  );
}

function Rescue({ order: { rescued_from: from, rescued_by: by } }: { readonly order: Order }): JSX.Element {
  return (
    <>
      {from !== null && (
        <>
          <dt>Takes the place of</dt>
          <dd>
            the expired order <OrderLink id={from} />
          </dd>
        </>
      )}
      {by !== null && (
        <>
          <dt>Placed again as</dt>
          <dd>
            order <OrderLink id={by} />
          </dd>
        </>
      )}
    </>
  );
}
