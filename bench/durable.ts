import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Knex } from 'knex';
import { commandLine } from '../src/stack/process-identity.ts';

/** Settings without which Postgres may lose what it has promised. */
const promises = ['synchronous_commit', 'fsync', 'full_page_writes'] as const;

/** How Postgres is set: the promises, and what decides how much they cost. */
const told = [...promises, 'wal_sync_method', 'wal_level', 'shared_buffers', 'max_wal_size'] as const;

/**
 * Reads how Postgres is set.
 * @throws Error when it is not durable: what is not is fast, and no comparison
 */
export async function assertDurablePostgres(db: Knex): Promise<Readonly<Record<string, string>>> {
  const settings: Record<string, string> = {};
  for (const name of told) {
    const { rows } = await db.raw<{ rows: { value: string }[] }>('SELECT current_setting(?) AS value', [name]);
    settings[name] = rows[0]?.value ?? 'unknown';
  }
  for (const name of promises) {
    if (settings[name] !== 'on') throw new Error(`${name} is ${settings[name]}: this would measure no promise.`);
  }
  return settings;
}

/** What a dev server of Temporal was told on its command line, as far as it decides what is measured. */
export interface TemporalFlags {
  /** Where its database is; undefined when it is in memory. */
  readonly databaseFile: string | undefined;
  /** `journal_mode=WAL`; those that are not named are the server's own. */
  readonly pragmas: readonly string[];
  /** `history.transferProcessorMaxPollRPS=2000`. */
  readonly dynamicConfig: readonly string[];
}

/** @param args one by one, the program first or left out; a flag and its value are two of them, or one with `=` in between */
export function temporalFlagsIn(args: readonly string[]): TemporalFlags {
  const valuesOf = (...names: string[]): string[] =>
    args.flatMap((arg, n) => {
      const joined = names.find((name) => arg.startsWith(`${name}=`));
      if (joined !== undefined) return [arg.slice(joined.length + 1)];
      return names.includes(arg) ? args.slice(n + 1, n + 2) : [];
    });
  return {
    databaseFile: valuesOf('--db-filename', '-f').at(-1),
    pragmas: valuesOf('--sqlite-pragma'),
    dynamicConfig: valuesOf('--dynamic-config-value'),
  };
}

/** Pragmas with which SQLite forgets what it has written when the power fails, or worse. */
const careless = /^(synchronous=(off|0)|journal_mode=(off|memory))$/i;

/**
 * Looks whether a Temporal that runs keeps its histories in a file.
 * @param folder where the file has to be
 * @returns what it was told, its file as seen from that folder
 * @throws Error when it is in memory, on another file, on one that it does not have open, or careless with it
 */
export function assertTemporalOnFile(pid: number, folder: string): TemporalFlags {
  const flags = temporalFlagsIn(argumentsOf(pid));
  const { databaseFile, pragmas } = flags;
  const refuse = (why: string): never => {
    throw new Error(`Temporal (process ${pid}) ${why}: this would measure no promise.`);
  };
  if (databaseFile === undefined) return refuse('was started without --db-filename and is in memory');
  const inside = path.relative(realpathSync(folder), realPathOf(databaseFile) ?? databaseFile);
  if (inside.startsWith('..') || path.isAbsolute(inside)) return refuse(`is on ${databaseFile}, not in ${folder}`);
  const bad = pragmas.find((pragma) => careless.test(pragma));
  if (bad !== undefined) return refuse(`runs with ${bad}`);
  if (!hasOpen(pid, databaseFile)) return refuse(`does not write to ${databaseFile}`);
  return { ...flags, databaseFile: inside };
}

/** On Linux as they are; elsewhere `ps` gives them in one line, whose spaces cannot be told apart. */
function argumentsOf(pid: number): string[] {
  if (process.platform !== 'linux') return (commandLine(pid) ?? '').split(' ');
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').split('\0');
}

/** Where nobody tells which files a process has open: whether the file is there, with something in it. */
function hasOpen(pid: number, file: string): boolean {
  const wanted = realPathOf(file);
  if (wanted === undefined) return false;
  if (process.platform !== 'linux') return statSync(wanted).size > 0;
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).some((name) => linkOf(path.join(folder, name)) === wanted);
}

function realPathOf(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

/** Undefined when it was closed in between. */
function linkOf(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}
