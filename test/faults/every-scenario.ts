// All scenarios one after the other, on one shop: several shops at once, each under load, are more than a small machine has to give.
import { readdir } from 'node:fs/promises';

const folder = new URL('.', import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith('.test.ts')).toSorted();
for (const name of names) await import(new URL(name, folder).href);
