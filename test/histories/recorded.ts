import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { behalfPaths } from './behalf-paths.ts';
import { orderPaths } from './order-paths.ts';
import { extendedPaths } from './extended-paths.ts';
import { otherPaths } from './other-paths.ts';
import { rescuedOrderPaths } from './rescued-order-paths.ts';
import { resumedOrderPaths } from './resumed-order-paths.ts';
import { shortOrderPaths } from './short-order-paths.ts';

/** Every path that has, or is to have, a recorded history, by its name. */
export const paths = {
  ...orderPaths,
  ...resumedOrderPaths,
  ...shortOrderPaths,
  ...extendedPaths,
  ...rescuedOrderPaths,
  ...behalfPaths,
  ...otherPaths,
};

/** Names the file of a path's history under the rules of a number. */
export function historyFile(rules: number, name = ''): string {
  return fileURLToPath(new URL(`./rules-${rules}/${name}`, import.meta.url));
}

/** The names of the histories recorded under the rules of a number. */
export async function recordedNames(rules: number): Promise<string[]> {
  const files = await readdir(historyFile(rules)).catch(() => []);
  return files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
}

/** A recorded history as JSON. */
export async function recordedHistory(rules: number, name: string): Promise<string> {
  return readFile(historyFile(rules, `${name}.json`), 'utf8');
}
