import type { Queryable } from './database.ts';
import { readPage, type Keyset, type Page, type PageRequest } from './keyset.ts';

interface OverdueWaitRow {
  order_id: string;
  until: Date;
}

/** Orders that still wait although their time was over more than `graceSeconds` ago, most overdue first, after a position of the page before. */
export async function listOverdueWaits(
  db: Queryable,
  graceSeconds: number,
  page: PageRequest,
): Promise<Page<{ readonly orderId: string }>> {
  const query = db('waiting_list')
    .whereNull('ended_as')
    .whereRaw(`until < now() - ? * interval '1 second'`, [graceSeconds])
    .select('order_id', 'until');
  const keyset: Keyset<OverdueWaitRow> = {
    keys: [
      { column: 'until', type: 'timestamptz' },
      { column: 'order_id', type: 'uuid' },
    ],
    direction: 'asc',
    position: (row) => [row.until.toISOString(), row.order_id],
  };
  return readPage(query, keyset, page, (row) => ({ orderId: row.order_id }));
}
