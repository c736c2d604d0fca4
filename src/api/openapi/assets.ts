import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Content } from '../route.ts';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
};

/** Files that pages load: served from memory under names that change with their content, so that they can be kept for ever. */
export interface Assets {
  readonly names: readonly string[];
  /** @returns undefined when there is no file of this name */
  find(name: string): Content | undefined;
  /** The address of a file, by its original name. */
  address(original: string): string;
}

/** Where assets are served. */
export const assetsPath = '/docs/assets/';

/** The assets out of files of Swagger UI, named in `packaged`, and of our own, given as text by name. */
export function loadAssets(packaged: readonly string[], own: Readonly<Record<string, string>>): Assets {
  const require = createRequire(import.meta.url);
  const folder = path.dirname(require.resolve('swagger-ui-dist/package.json'));
  const files: [string, Buffer][] = [
    ...packaged.map((name): [string, Buffer] => [name, readFileSync(path.join(folder, name))]),
    ...Object.entries(own).map(([name, text]): [string, Buffer] => [name, Buffer.from(text)]),
  ];
  const names = new Map<string, string>();
  const contents = new Map<string, Content>();
  for (const [original, body] of files) {
    const { name: stem, ext } = path.parse(original);
    const type = types[ext];
    if (type === undefined) throw new Error(`${original} has no Content-Type`);
    const name = `${stem}-${createHash('sha256').update(body).digest('hex').slice(0, 12)}${ext}`;
    names.set(original, name);
    contents.set(name, { type, body });
  }
  return {
    names: Array.from(contents.keys()),
    find: (name) => contents.get(name),
    address: (original) => {
      const name = names.get(original);
      if (name === undefined) throw new Error(`${original} is not an asset`);
      return `${assetsPath}${name}`;
    },
  };
}
