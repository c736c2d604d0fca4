import assert from 'node:assert/strict';
import type { Page, PageRequest, Position } from '../../src/persistence/keyset.ts';

/** Reads a list to its end, page by page; every page but the last must be full, and only the first may be empty. */
export async function everyPage<T>(
  read: (page: PageRequest) => Promise<Page<T>>,
  limit: number,
): Promise<readonly T[]> {
  const all: T[] = [];
  let after: Position | null = null;
  do {
    const { items, next }: Page<T> = await read({ limit, after });
    assert.ok(
      next === null ? items.length <= limit : items.length === limit,
      `${items.length} rows on a page of ${limit}`,
    );
    assert.ok(items.length > 0 || after === null, 'a page was announced that has no rows');
    assert.notDeepEqual(next, after ?? [], 'a page ends where the one before it ended');
    all.push(...items);
    after = next;
  } while (after !== null);
  return all;
}
