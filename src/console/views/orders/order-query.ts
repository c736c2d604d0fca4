import type { Address } from '../../parts/address.ts';

/** The parameters that leave some orders out. */
export const filterNames: readonly string[] = [
  ...['status', 'product_id', 'reference', 'min_total', 'max_total', 'start_date', 'end_date'],
];

export const orderSorts = [
  ['-created_at', 'Newest first'],
  ['created_at', 'Oldest first'],
  ['-total', 'Largest total first'],
  ['total', 'Smallest total first'],
] as const;

export type OrderQuery = Address['query'];

/** What of an address goes to the API, whether it makes sense or not: a wrong filter is refused in words there. */
export function listQuery(query: OrderQuery): OrderQuery {
  const names = [...filterNames, 'sort'];
  return Object.fromEntries(Object.entries(query).filter(([name, value]) => names.includes(name) && value !== ''));
}
