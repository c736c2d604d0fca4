import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Content } from './route.ts';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Where the build puts the console, seen from the compiled API and from its sources. */
const folders = ['../../console', '../../dist/console'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

/** What the page of the console is while nobody has built it. */
const notBuilt = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Earmark</title></head>
<body><h1>The console is not built</h1><p>Run <code>npm run build</code> and start Earmark again. The API is described at <a href="/docs">/docs</a>.</p></body></html>
`;

/** The console as it was built: one page, and the files that it loads, whose names change with their content. */
export interface ConsoleFiles {
  readonly page: Content;
  readonly names: readonly string[];
  /** @returns undefined when there is no file of this name */
  find(name: string): Content | undefined;
}

/** Reads the built console into memory. No name that a caller sends ever becomes a path. */
export function loadConsole(): ConsoleFiles {
  const folder = folders.find((each) => existsSync(path.join(each, 'index.html')));
  if (folder === undefined) return { page: { type: 'html', body: notBuilt }, names: [], find: () => undefined };
  const assets = path.join(folder, 'assets');
  const files = new Map(readdirSync(assets).map((name) => [name, contentOf(path.join(assets, name))]));
  return {
    page: { type: 'html', body: readFileSync(path.join(folder, 'index.html')) },
    names: Array.from(files.keys()),
    find: (name) => files.get(name),
  };
}

function contentOf(file: string): Content {
  const type = types[path.extname(file)];
  if (type === undefined) throw new Error(`${file} has no Content-Type`);
  return { type, body: readFileSync(file) };
}
