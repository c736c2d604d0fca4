import { ask, type Answer } from './ask.ts';

/**
 * Reads a list page by page, up to so many pages.
 * @returns the rows of all of them, and the cursor of the next page when there are more
 * @throws as `ask`
 */
export function readPages<Row>(most: number) {
  return async (path: string, signal: AbortSignal): Promise<Answer<readonly Row[]>> => {
    let page = await ask<readonly Row[]>('GET', path, { signal });
    const rows = [...page.data];
    for (let read = 1; page.nextCursor !== null && read < most; read += 1) {
      const next = `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(page.nextCursor)}`;
      page = await ask<readonly Row[]>('GET', next, { signal });
      rows.push(...page.data);
    }
    return { ...page, data: rows };
  };
}
