import { readFile } from 'node:fs/promises';

/** Names of the variables that a process was started with. Linux alone tells. */
export async function environmentNames(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8');
  return text
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => entry.split('=')[0] as string);
}
