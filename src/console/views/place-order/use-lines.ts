import type { Product } from '../../client/shapes.ts';
import { useData } from '../../client/use-data.ts';
import { addressOf } from '../../parts/address.ts';
import type { DraftLine } from './order-draft.ts';

/** The lines with their products as they are now: price, stock and whether they are for sale change while an order is filled in. */
export function useLines(lines: readonly DraftLine[]): readonly DraftLine[] {
  const skus = lines.map(({ product }) => product.sku).join(',');
  const found = useData<readonly Product[]>(
    skus === '' ? null : addressOf('/api/products/', { sku: skus, limit: '100' }),
    ({ product_ids: ids }) => lines.some(({ product }) => ids.includes(product.id)),
  );
  const current = new Map(found.answer?.data.map((product) => [product.id, product]));
  return lines.map((line) => ({ ...line, product: current.get(line.product.id) ?? line.product }));
}
