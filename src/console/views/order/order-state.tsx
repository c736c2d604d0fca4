import type { JSX } from 'preact';
import { useLocation } from 'preact-iso';
import { useRef, useState } from 'preact/hooks';
import { orderTransitions, type OrderStatus } from '../../../domain/order-status.ts';
import { Refused } from '../../client/problem.ts';
import type { Order } from '../../client/shapes.ts';
import { NotDone } from '../../parts/states.tsx';
import { Status } from '../../parts/status.tsx';
import { Countdown } from '../../parts/time.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useFocusAfter } from '../../parts/use-focus-after.ts';
import { useSendOnce } from '../../parts/use-send-once.ts';
import { useMay } from '../../parts/use-may.ts';
import { CancelOrder } from './cancel-order.tsx';
import { ExtendHold } from './extend-hold.tsx';

const labels: Readonly<Record<OrderStatus, string>> = {
  pending: '',
  confirmed: 'Confirm',
  processing: 'Start processing',
  shipped: 'Ship',
  delivered: 'Deliver',
  cancelled: 'Cancel order',
};

interface StateProps {
  readonly order: Order;
  /** Called with the order as it is after a step. */
  readonly onMoved: (order: Order) => void;
  readonly reload: () => void;
}

/** How an order stands, and the steps that are still possible: those and no others. */
export function OrderState({ order, onMoved, reload }: StateProps): JSX.Element {
  const { route } = useLocation();
  const sendOnce = useSendOnce<Order>();
  const [opened, setOpened] = useState<'cancel' | 'extend'>();
  const [tried, setTried] = useState<OrderStatus>('confirmed');
  const [note, setNote] = useState('');
  const state = useRef<HTMLParagraphElement>(null);
  const step = useAction(async (to: OrderStatus, reason?: string) => {
    setNote('');
    setTried(to);
    try {
      const body = { new_status: to, ...(reason === undefined ? {} : { reason }) };
      const { data } = await sendOnce(`/api/orders/${order.id}/transition/`, body);
      // An expired order that is confirmed is placed again, as another one.
      if (data.id === order.id) onMoved(data);
      else route(`/orders/${data.id}`);
      setOpened(undefined);
    } catch (error) {
      // Refused is refused: what it is by now is beside the reason.
      if (error instanceof Refused) setOpened(undefined);
      throw error;
    } finally {
      reload();
    }
  });
  useFocusAfter(state, order.status, step.isBusy);
  const mayMove = useMay('operator');
  const steps = stepsOf(order);
  return (
    <section class="card order-state" aria-label="State">
      <p ref={state} tabIndex={-1} class="order-status">
        <Status status={order.status} isWaiting={order.waiting !== null} />
        <Hold order={order} />
      </p>
      {mayMove ? (
        <div class="buttons" role="group" aria-label="Steps">
          {steps.map((to, index) => (
            <button
              key={to}
              type="button"
              class={to === 'cancelled' ? 'danger' : index === 0 ? 'primary' : ''}
              disabled={step.isBusy}
              onClick={() => (to === 'cancelled' ? setOpened('cancel') : void step.run(to))}
            >
              {labelOf(order, to)}
            </button>
          ))}
          {isHeld(order) && (
            <button type="button" disabled={step.isBusy} onClick={() => setOpened('extend')}>
              Extend the hold
            </button>
          )}
          {steps.length === 0 && <span class="hint">No step is possible any more.</span>}
        </div>
      ) : (
        <p class="hint">To move orders takes the role operator.</p>
      )}
      <div class="order-answer" role="status">
        {step.error && opened === undefined ? <NotDone error={step.error} action={labelOf(order, tried)} /> : note}
      </div>
      {opened === 'cancel' && (
        <CancelOrder
          step={step}
          onClose={() => {
            setOpened(undefined);
            step.clear();
          }}
        />
      )}
      {opened === 'extend' && (
        <ExtendHold
          order={order}
          onClose={() => setOpened(undefined)}
          onExtended={(extended, text) => {
            step.clear();
            onMoved(extended);
            reload();
            setNote(text);
            setOpened(undefined);
          }}
          onRefused={reload}
        />
      )}
    </section>
  );
}

/** The steps that the table of states allows, of an order as it is. */
function stepsOf(order: Order): readonly OrderStatus[] {
  const { status, waiting, cancel_reason: reason, rescued_by: rescuedBy } = order;
  if (status === 'cancelled') return reason === 'expired' && rescuedBy === null ? ['confirmed'] : [];
  const steps = orderTransitions[status];
  return waiting === null ? steps : steps.filter((to) => to === 'cancelled');
}

/** Confirming an expired order is more than confirming. */
function labelOf({ status }: Order, to: OrderStatus): string {
  return status === 'cancelled' && to === 'confirmed' ? 'Place again and confirm' : labels[to];
}

function isHeld({ status, expires_at: until }: Order): boolean {
  return status === 'pending' && until !== null;
}

function Hold({ order }: { readonly order: Order }): JSX.Element | null {
  const { status, expires_at: until, waiting, cancel_reason: reason } = order;
  if (waiting) return <span>{`number ${waiting.position} in the waiting list`}</span>;
  if (status === 'cancelled' && reason !== null) return <span>{cancelledSince[reason]}</span>;
  if (!isHeld(order) || until === null) return null;
  return (
    <span>
      hold ends in <Countdown until={until} over="a moment" />
    </span>
  );
}

const cancelledSince: Readonly<Record<NonNullable<Order['cancel_reason']>, string>> = {
  requested: 'on request',
  expired: 'its hold ran out before it was confirmed',
  'not-available': 'it waited, and its units did not come',
};
