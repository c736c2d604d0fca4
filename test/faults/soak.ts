import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { until } from '../support/until.ts';
import { Caller, type Answer } from './caller.ts';
import { form } from './form.ts';
import { startLoad } from './load.ts';
import { decideAll, isSettled } from './outcome.ts';
import { stockProducts } from './scenario.ts';
import type { System } from './system.ts';
import { watchBooks } from './watcher.ts';

/** How often the processes are looked at. */
const looks = 180;
/** By how much the last quarter may be above the second: collecting garbage is no steady business. */
const growth = 1.2;

/** One look at a process: memory in MiB, open handles (where the system tells), connections to Postgres. */
type Sample = Readonly<Record<'memory' | 'handles' | 'connections', number>>;

/** How something of a process was in the second quarter of the time, and in the last one. */
interface Comparison {
  readonly process: string;
  readonly what: keyof Sample;
  readonly before: number;
  readonly after: number;
  readonly grows: boolean;
}

interface Soaked {
  readonly comparisons: readonly Comparison[];
  readonly snapshots: number;
  /** What contradicted the books, meanwhile or in the end. */
  readonly contradictions: readonly unknown[];
  readonly answers: readonly Answer[];
}

/** Keeps a shop under a steady load and looks at its processes again and again. @param minutes how long */
export async function soak(system: System, minutes: number): Promise<Soaked> {
  const caller = new Caller(system.urls);
  const productIds = await stockProducts(caller);
  const lasting = minutes * 60_000;
  const watcher = watchBooks(system.databaseUrl, lasting / 30);
  const load = startLoad(caller, { seed: form.seed, shoppers: 4, productIds, pauseMs: 100 });
  const samples = new Map<string, Sample[]>();
  const end = Date.now() + lasting;
  while (Date.now() < end) {
    await delay(Math.min(lasting / looks, end - Date.now()));
    for (const [name, sample] of await look(system)) samples.set(name, [...(samples.get(name) ?? []), sample]);
  }
  await load.stop();
  await decideAll(caller, load, Date.now() + 60_000);
  await until(() => isSettled(system.db), 60_000);
  await watcher.stop();
  return {
    comparisons: [...samples].flatMap(([name, all]) => compare(name, all)),
    snapshots: watcher.snapshots,
    contradictions: [...watcher.contradictions, ...(await findDiscrepancies(system.db))],
    answers: caller.exchanges.map(({ answer }) => answer),
  };
}

/** Looks at the processes of Earmark; what Postgres and Temporal keep is theirs. */
async function look({ workers, apis, db }: System): Promise<Map<string, Sample>> {
  const { rows } = await db.raw<{ rows: { name: string; count: number }[] }>(
    'SELECT application_name AS name, count(*)::int AS count FROM pg_stat_activity GROUP BY application_name',
  );
  const connections = new Map(rows.map(({ name, count }) => [name, count]));
  return new Map(
    [...workers, ...apis].map(({ name, pid }) => {
      const memory = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1_024;
      // Both processes of a kind share a name in Postgres.
      const kind = name.startsWith('worker') ? 'earmark worker' : 'earmark api';
      return [name, { memory, handles: handlesOf(pid), connections: (connections.get(kind) ?? 0) / 2 }];
    }),
  );
}

function handlesOf(pid: number): number {
  return process.platform === 'linux' ? readdirSync(`/proc/${pid}/fd`).length : 0;
}

/** Compares the last quarter of the time with the second; the first one is for warming up. */
function compare(name: string, samples: readonly Sample[]): Comparison[] {
  const quarter = Math.floor(samples.length / 4);
  return (['memory', 'handles', 'connections'] as const).map((what) => {
    const values = samples.map((sample) => sample[what]);
    const [before, after] = [median(values.slice(quarter, 2 * quarter)), median(values.slice(-quarter))];
    return {
      process: name,
      what,
      before: Math.round(before),
      after: Math.round(after),
      grows: after > before * growth + 2,
    };
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
