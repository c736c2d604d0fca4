import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Where a text was found: the name of a file or of something that was printed. */
export interface Found {
  readonly text: string;
  readonly where: string;
}

/** Looks for texts in bytes, as they are and as any base64 of something that contains them. */
export function textsIn(bytes: Buffer, where: string, texts: readonly string[]): Found[] {
  return texts
    .filter((text) => [text, ...insideBase64(text)].some((form) => bytes.includes(form)))
    .map((text) => ({ text, where }));
}

/** The same in every file below a folder. Symbolic links are not followed. */
export async function textsInFiles(
  folder: string,
  texts: readonly string[],
): Promise<{ found: Found[]; files: string[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const found: Found[] = [];
  for (const file of files) found.push(...textsIn(await readFile(file), path.relative(folder, file), texts));
  return { found, files: files.map((file) => path.relative(folder, file)) };
}

/** What a text looks like inside of base64: three ways, by how many bytes are before it. The ends, which its neighbours share, are cut. */
function insideBase64(text: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor((bytes.length * 8) / 6);
    return (['base64', 'base64url'] as const).map((form) => bytes.toString(form).slice(first, last));
  });
}
