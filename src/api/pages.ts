import type { Page, PageRequest } from '../persistence/keyset.ts';
import { decodeCursor, encodeCursor, type PositionSchema } from './cursor.ts';
import { validationFailed } from './problems.ts';

/** The query of any list: how much, from where, and the list's own sort and filters. */
interface ListQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

interface ListSpec {
  /** Names the list, so that its cursors work nowhere else. */
  readonly list: string;
  readonly query: ListQuery;
  readonly position: PositionSchema;
}

interface ListAnswer<Wire> {
  readonly status: 200;
  readonly items: readonly Wire[];
  readonly nextCursor: string | null;
}

/**
 * Reads one page of a list and answers with it and the cursor of the next.
 * @throws ProblemError validation-failed when the cursor is damaged or belongs to another list, sort or set of filters
 */
export async function answerPage<T, Wire>(
  spec: ListSpec,
  read: (page: PageRequest) => Promise<Page<T>>,
  present: (item: T) => Wire,
): Promise<ListAnswer<Wire>> {
  const { read: page, nextCursor } = await turnPage(spec, read);
  return { status: 200, items: page.items.map(present), nextCursor };
}

/**
 * Reads one page of something that has pages, whatever else is read with it.
 * @returns what was read, and the cursor of the next page
 * @throws ProblemError validation-failed as {@link answerPage}
 */
export async function turnPage<Read extends Pick<Page<unknown>, 'next'>>(
  { list, query, position }: ListSpec,
  read: (page: PageRequest) => Promise<Read>,
): Promise<{ readonly read: Read; readonly nextCursor: string | null }> {
  const { limit, cursor, ...filters } = query;
  const scope = { ...filters, list };
  const after = cursor === undefined ? null : decodeCursor(cursor, scope, position);
  if (after === undefined) {
    const message = 'is damaged or belongs to another list, sort or filter: start again without it';
    throw validationFailed([{ path: '?cursor', message }]);
  }
  const page = await read({ limit, after });
  return { read: page, nextCursor: page.next === null ? null : encodeCursor(page.next, scope) };
}
