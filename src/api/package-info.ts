import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const packageFile = z.object({
  version: z.string(),
  description: z.string(),
  license: z.string(),
  engines: z.object({ node: z.string() }),
});

/** What package.json says about Earmark. It lies above the sources and above what is compiled, at different heights. */
export function packageInfo(): z.output<typeof packageFile> {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) folder = new URL('..', folder);
  return packageFile.parse(JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')));
}
