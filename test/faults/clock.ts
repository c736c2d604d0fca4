import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Where packages of libfaketime put it: straight under these folders, or under one for the kind of machine. */
const folders = ['/usr/lib', '/usr/local/lib'];

function libfaketime(): string | undefined {
  return folders
    .filter(existsSync)
    .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => path.join(folder, name))])
    .map((folder) => path.join(folder, 'faketime', 'libfaketimeMT.so.1'))
    .find(existsSync);
}

/**
 * The environment of a process whose clock is wrong by some hours. libfaketime shifts the clock of everything in the process, where it
 * is installed; elsewhere only Node's own is shifted.
 */
export function wrongClock(hours: number): { readonly how: string; readonly env: Readonly<Record<string, string>> } {
  const library = libfaketime();
  if (library !== undefined) {
    const env = {
      LD_PRELOAD: library,
      FAKETIME: `${hours < 0 ? '' : '+'}${hours}h`,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    return { how: 'libfaketime', env };
  }
  const shifted = `
    const now = Date.now.bind(Date);
    globalThis.Date = class extends Date {
      constructor(...args) { super(...(args.length === 0 ? [now() + ${hours * 3_600_000}] : args)); }
      static now() { return now() + ${hours * 3_600_000}; }
    };`;
  const module = `data:text/javascript,${encodeURIComponent(shifted)}`;
  return { how: "Node's clock", env: { NODE_OPTIONS: `--import=${module}` } };
}
