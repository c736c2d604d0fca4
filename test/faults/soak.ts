import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { tearDown } from '../support/teardown.ts';
import { until } from '../support/until.ts';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { Caller } from './caller.ts';
import { form } from './form.ts';
import { startLoad } from './load.ts';
import { decideAll, isSettled } from './outcome.ts';
import { stockProducts } from './scenario.ts';
import { sharedSystem, type System } from './system.ts';
import { watchBooks } from './watcher.ts';

// `npm run test:soak`: a shop under steady load for half an hour (SOAK_MINUTES), in which nothing may grow.

const minutes = Number(process.env['SOAK_MINUTES'] ?? 30);
/** Milliseconds between two looks at the processes, and between two at the books. */
const pauses = { sample: 10_000, books: 60_000 } as const;
/** By how much the last quarter may be above the second: collecting garbage is no steady business. */
const growth = 1.2;

/** One look at a process: memory in MiB, open handles (where the system tells), connections to Postgres. */
type Sample = Readonly<Record<'memory' | 'handles' | 'connections', number>>;

async function soak(): Promise<boolean> {
  const system = await sharedSystem();
  const caller = new Caller(system.urls);
  const productIds = await stockProducts(caller);
  const watcher = watchBooks(system.databaseUrl, pauses.books);
  const load = startLoad(caller, { seed: form.seed, shoppers: 4, productIds, pauseMs: 100 });
  const samples = new Map<string, Sample[]>();
  const end = Date.now() + minutes * 60_000;
  while (Date.now() < end) {
    await delay(Math.min(pauses.sample, end - Date.now()));
    for (const [name, sample] of await look(system)) samples.set(name, [...(samples.get(name) ?? []), sample]);
  }
  await load.stop();
  await decideAll(caller, load, Date.now() + 60_000);
  await until(() => isSettled(system.db), 60_000);
  await watcher.stop();

  const found = [...watcher.contradictions, ...(await findDiscrepancies(system.db))];
  const rows = [...samples].flatMap(([name, all]) => judge(name, all));
  console.table(rows);
  const answers = caller.exchanges.map(({ answer }) => answer);
  const worst = Math.max(...answers.map(({ askedAt, answeredAt }) => answeredAt - askedAt));
  const failed = answers.filter(({ status }) => status === 0 || status >= 500).length;
  console.log(
    `seed ${form.seed}, ${minutes} minutes, ${answers.length} requests, ${failed} without an answer or 5xx, worst ${worst} ms`,
  );
  console.log(`${watcher.snapshots} snapshots of the books, ${found.length} contradictions`);
  return found.length === 0 && rows.every(({ grows }) => !grows);
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
function judge(name: string, samples: readonly Sample[]) {
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

try {
  if (!(await soak())) process.exitCode = 1;
} finally {
  await tearDown();
}
