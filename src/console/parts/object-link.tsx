import type { JSX } from 'preact';
import type { AuditObjectType } from '../../domain/audit.ts';
import type { ProductName } from '../client/use-product-names.ts';
import { OrderLink } from './links.tsx';
import { shortId } from './words.ts';

interface ObjectLinkProps {
  readonly type: AuditObjectType;
  /** As in the audit log. */
  readonly id: string;
  /** The workflow that changed it: it tells the order that a reservation belongs to. */
  readonly workflowId?: string | null;
  /** What products are called, as far as it is known. */
  readonly nameOf?: (id: string) => ProductName | undefined;
}

/** The product that an entry is about; undefined when it is about none. */
export function productIdOf(type: AuditObjectType, id: string): string | undefined {
  if (type === 'Product') return id;
  return type === 'StockLevel' ? id.split('/')[0] : undefined;
}

/** What an audit entry or a finding is about, with a link where there is a view of it. */
export function ObjectLink({ type, id, workflowId = null, nameOf }: ObjectLinkProps): JSX.Element {
  if (type === 'Order') {
    return (
      <>
        order <OrderLink id={id} />
      </>
    );
  }
  if (type === 'Reservation') return <ReservationLink id={id} workflowId={workflowId} />;
  if (type === 'Product') return <ProductIdLink id={id} before="product" name={nameOf?.(id)} />;
  if (type === 'StockLevel') {
    const [product = '', warehouse = ''] = id.split('/');
    return <ProductIdLink id={product} before={`stock in ${warehouse} of`} name={nameOf?.(product)} />;
  }
  return (
    <>
      {type === 'ApiKey' ? 'API key' : 'warehouse'} <code>{id}</code>
    </>
  );
}

interface ProductIdLinkProps {
  readonly id: string;
  readonly before: string;
  readonly name: ProductName | undefined;
}

function ProductIdLink({ id, before, name }: ProductIdLinkProps): JSX.Element {
  return (
    <>
      {before}{' '}
      <a href={`/products/${id}`} title={name?.name ?? `Product ${id}`}>
        {name?.sku ?? shortId(id)}
      </a>
    </>
  );
}

function ReservationLink({ id, workflowId }: { readonly id: string; readonly workflowId: string | null }): JSX.Element {
  const orderId = workflowId?.startsWith('order-') ? workflowId.slice('order-'.length) : undefined;
  return (
    <>
      reservation{' '}
      <a href={`/reservations?reservation_id=${id}`} title={`Reservation ${id}`}>
        {shortId(id)}
      </a>
      {orderId !== undefined && (
        <>
          {' '}
          of order <OrderLink id={orderId} />
        </>
      )}
    </>
  );
}
