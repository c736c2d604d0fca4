import type { JSX } from 'preact';
import { session } from '../client/session.ts';
import { useStore } from '../client/store.ts';
import { shortId } from './words.ts';

export function OrderLink({ id, text = shortId(id) }: { readonly id: string; readonly text?: string }): JSX.Element {
  return (
    <a href={`/orders/${id}`} title={`Order ${id}`}>
      {text}
    </a>
  );
}

export function ProductLink({
  product,
}: {
  readonly product: { readonly id: string; readonly sku: string; readonly name: string };
}): JSX.Element {
  return (
    <a href={`/products/${product.id}`} title={product.name}>
      {product.sku}
    </a>
  );
}

/** To a workflow in the Temporal Web UI; its id alone where that is not known. */
export function WorkflowLink({ id }: { readonly id: string }): JSX.Element {
  const { temporal_ui_url: url, namespace } = useStore(session) ?? { temporal_ui_url: null, namespace: '' };
  if (url === null) return <code class="id">{id}</code>;
  return (
    <a
      class="id"
      href={`${url}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(id)}`}
      target="_blank"
      rel="noreferrer"
    >
      {id}
      <span class="visually-hidden"> in the Temporal Web UI</span>
    </a>
  );
}
