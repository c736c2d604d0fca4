import type { JSX } from 'preact';
import { useLocation } from 'preact-iso';
import { useEffect, useRef, useState } from 'preact/hooks';
import { session } from '../../client/session.ts';
import { useStore } from '../../client/store.ts';
import type { Product } from '../../client/shapes.ts';
import { useData } from '../../client/use-data.ts';
import { Page } from '../../parts/page.tsx';
import { ProductPicker } from '../../parts/product-picker.tsx';
import { Failed, NotDone } from '../../parts/states.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useSendOnce } from '../../parts/use-send-once.ts';
import { useMay } from '../../parts/use-may.ts';
import { DraftLines } from './draft-lines.tsx';
import { FulfilmentPreview } from './fulfilment-preview.tsx';
import { bodyOf, itemsOf, policyOf, withProduct, type OrderDraft } from './order-draft.ts';
import { OrderTerms } from './order-terms.tsx';
import { useLines } from './use-lines.ts';
import { usePlans } from './use-plans.ts';

/** Fills in an order, shows where its units would come from, and places it. */
export function PlaceOrder(): JSX.Element {
  const { query, route } = useLocation();
  const { hold_seconds: hold = '', currency = '' } = useStore(session) ?? {};
  const [draft, setDraft] = useState<OrderDraft>({
    lines: [],
    reference: '',
    holdSeconds: String(hold),
    allocation: 'priority',
    region: '',
    onShortage: 'reject',
    waitSeconds: '',
  });
  const mayPlace = useMay('operator');
  const sendOnce = useSendOnce<{ id: string }>();
  const lines = useLines(draft.lines);
  const planning = usePlans({ items: itemsOf(lines), region: draft.region });
  const change = (changes: Partial<OrderDraft>): void => setDraft((before) => ({ ...before, ...changes }));
  const pick = (product: Product): void =>
    setDraft((before) => ({ ...before, lines: withProduct(before.lines, product) }));
  const first = useFirstProduct(query['product_id'], pick);

  const placing = useAction(async () => {
    // An order that was accepted but is not placed yet has its page, too.
    const { data } = await sendOnce('/api/create-order/', bodyOf(draft));
    route(`/orders/${data.id}`);
  });

  return (
    <Page title="Place an order">
      <form
        class="place-order"
        aria-label="Order"
        onSubmit={(event) => {
          event.preventDefault();
          if (mayPlace) void placing.run();
        }}
      >
        <div class="order-lines">
          <ProductPicker label="Add a product" onPick={pick} />
          {first.error && <Failed error={first.error} />}
          <div class="draft-lines">
            <DraftLines lines={lines} currency={currency} onChange={(lines) => change({ lines })} />
          </div>
        </div>
        <OrderTerms draft={draft} onChange={change} />
        {placing.error && <NotDone error={placing.error} action="Place order" />}
        {mayPlace ? (
          <button type="submit" class="primary" disabled={placing.isBusy || draft.lines.length === 0}>
            Place order
          </button>
        ) : (
          <p>Placing orders takes the role operator; you can look at where an order would come from.</p>
        )}
      </form>
      <FulfilmentPreview planning={planning} chosen={draft.allocation} policy={policyOf(draft)} />
    </Page>
  );
}

/** Begins with the product that the address names. */
function useFirstProduct(id: string | undefined, pick: (product: Product) => void): { readonly error?: Error } {
  const found = useData<Product>(id === undefined ? null : `/api/products/${encodeURIComponent(id)}/`);
  const picked = useRef<string>(undefined);
  const product = found.answer?.data;
  useEffect(() => {
    if (product === undefined || picked.current === product.id) return;
    picked.current = product.id;
    pick(product);
  }, [product]);
  return found.error ? { error: found.error } : {};
}
