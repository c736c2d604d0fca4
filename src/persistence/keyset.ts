import type { Knex } from 'knex';

export type Direction = 'asc' | 'desc';

/** Where a page ended: the sort columns of its last row, as text. */
export type Position = readonly string[];

export interface PageRequest {
  /** Rows at most. */
  readonly limit: number;
  /** The position the page before ended at; null for the first page. */
  readonly after: Position | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null on the last page. */
  readonly next: Position | null;
}

const casts = {
  timestamptz: '?::timestamptz',
  bigint: '?::bigint',
  integer: '?::integer',
  uuid: '?::uuid',
  text: '?::text COLLATE "C"',
};

/** A column that a list is sorted by. */
export interface SortKey {
  readonly column: string;
  readonly type: keyof typeof casts;
}

/** Text is sorted by code points, whatever language the database was made for: code that sorts the same things does, too. */
function sortedBy(query: Knex.QueryBuilder, column: string, type: SortKey['type']): string | Knex.Raw {
  return type === 'text' ? (query.client.raw('?? COLLATE "C"', [column]) as Knex.Raw) : column;
}

/** How a list is sorted and how a place in it is named. */
export interface Keyset<Row> {
  /** The last one is unique. */
  readonly keys: readonly SortKey[];
  readonly direction: Direction;
  readonly position: (row: Row) => Position;
}

/**
 * Reads one page by row comparison, `(a, b) > (x, y)`, which an index on the keys answers at any depth.
 * The same written as ORs, or an OFFSET, reads everything before the page.
 */
export async function readPage<Row, T>(
  query: Knex.QueryBuilder,
  keyset: Keyset<Row>,
  page: PageRequest,
  present: (row: Row) => T,
): Promise<Page<T>> {
  return presentPage(await boundToPage(query, keyset.keys, keyset.direction, page), keyset, page, present);
}

/** Bounds a query to the rows of a page and the one behind it, in their order. */
export function boundToPage(
  query: Knex.QueryBuilder,
  keys: readonly SortKey[],
  direction: Direction,
  { limit, after }: PageRequest,
): Knex.QueryBuilder {
  const columns = keys.map(({ column }) => column);
  if (after !== null) {
    const values = keys.map(({ type }, index) => query.client.raw(casts[type], [after[index]]));
    void query.whereRaw(direction === 'asc' ? '(??) > (??)' : '(??) < (??)', [columns, values]);
  }
  return inOrder(query, keys, direction).limit(limit + 1);
}

/** Sorts a query by the keys of a list. */
export function inOrder(query: Knex.QueryBuilder, keys: readonly SortKey[], direction: Direction): Knex.QueryBuilder {
  for (const { column, type } of keys) void query.orderBy(sortedBy(query, column, type), direction);
  return query;
}

/** A page out of its rows and the one behind it. */
export function presentPage<Row, T>(
  rows: readonly Row[],
  { position }: Pick<Keyset<Row>, 'position'>,
  { limit }: PageRequest,
  present: (row: Row) => T,
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(present), next: rows.length > limit && last !== undefined ? position(last) : null };
}
