import { useEffect, useState } from 'preact/hooks';
import { ask } from './ask.ts';
import { useLive } from './live.ts';
import type { Product } from './shapes.ts';

/** What a product is called. */
export type ProductName = Pick<Product, 'id' | 'sku' | 'name'>;

/** What was learned since the page was opened: names seldom change, and who changes one is heard. */
const known = new Map<string, ProductName>();

/** So many unknown names are worth a look at the list of products first. */
const several = 4;

let isListed = false;

/**
 * The names of products of which something else has the ids only.
 * @returns a function that finds the name; undefined while it is not known
 */
export function useProductNames(ids: readonly string[]): (id: string) => ProductName | undefined {
  const [, setLearned] = useState(0);
  const missing = Array.from(new Set(ids.filter((id) => !known.has(id)))).join();
  const learnThenShow = (which: readonly string[], isShown: () => boolean): void =>
    void learn(which).then(() => {
      if (isShown()) setLearned((times) => times + 1);
    });
  useEffect(() => {
    if (missing === '') return undefined;
    let isShown = true;
    learnThenShow(missing.split(','), () => isShown);
    return () => void (isShown = false);
  }, [missing]);
  useLive((happened) => {
    if (happened === 'everything') return;
    const renamed = happened.filter(({ action, object_id: id }) => action === 'PRODUCT_UPDATED' && known.has(id));
    if (renamed.length > 0) learnThenShow(Array.from(new Set(renamed.map((entry) => entry.object_id))), () => true);
  });
  return (id) => known.get(id);
}

/** What cannot be read is shown by its id: the rest of the page says whether the server answers. */
async function learn(ids: readonly string[]): Promise<void> {
  if (ids.length >= several && !isListed) {
    isListed = true;
    await ask<readonly Product[]>('GET', '/api/products/?limit=100').then(({ data }) => data.forEach(keep), ignore);
    ids = ids.filter((id) => !known.has(id));
  }
  await Promise.all(
    ids.map((id) =>
      ask<Product>('GET', `/api/products/${encodeURIComponent(id)}/`).then(({ data }) => keep(data), ignore),
    ),
  );
}

function keep({ id, sku, name }: Product): void {
  known.set(id, { id, sku, name });
}

function ignore(): void {}
