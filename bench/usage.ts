import { readdirSync, readFileSync } from 'node:fs';

/** Processes of one system, by what they do. */
export interface Parts {
  readonly temporal: readonly number[];
  /** Worker and API. */
  readonly app: readonly number[];
  /** The postmaster; its children are found at each look. */
  readonly postgres: number;
}

/** CPU time used so far in milliseconds, user and system; null where the system does not tell. */
export interface Usage {
  readonly temporal: number | null;
  readonly app: number | null;
  readonly postgres: number | null;
  /** This process, which makes the load. */
  readonly generator: number;
}

/** Ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const tickMs = 10;

/** Reads the CPU time of a system's processes. */
export function usageOf({ temporal, app, postgres }: Parts): Usage {
  const { user, system } = process.cpuUsage();
  return {
    temporal: sum(temporal.map((pid) => cpuMs(pid))),
    app: sum(app.map((pid) => cpuMs(pid))),
    // Children that have ended are in the postmaster's own account from then on.
    postgres: sum([cpuMs(postgres, true), ...childrenOf(postgres).map((pid) => cpuMs(pid) ?? 0)]),
    generator: (user + system) / 1000,
  };
}

/** What was used between two looks; null as well where a process that ended in between took its account with it. */
export function usedBetween(before: Usage, after: Usage): Usage {
  const difference = (a: number | null, b: number | null) => (a === null || b === null || b < a ? null : b - a);
  return {
    temporal: difference(before.temporal, after.temporal),
    app: difference(before.app, after.app),
    postgres: difference(before.postgres, after.postgres),
    generator: after.generator - before.generator,
  };
}

/** Resident memory of some processes in MB; null where the system does not tell. */
export function residentMb(pids: readonly number[]): number | null {
  return sum(
    pids.map((pid) => {
      const kb = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
      return kb === undefined ? null : Number(kb) / 1024;
    }),
  );
}

/** @param withEnded also what its children had used that have ended */
function cpuMs(pid: number, withEnded = false): number | null {
  const fields = statOf(pid);
  if (fields === undefined) return null;
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number);
  return (user + system + (withEnded ? endedUser + endedSystem : 0)) * tickMs;
}

function childrenOf(parent: number): number[] {
  const pids = process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return pids.map(Number).filter((pid) => Number(statOf(pid)?.[1]) === parent);
}

/** The fields of a process from its state on; undefined when it is gone, or this is no Linux. */
function statOf(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The name before them may hold anything, parentheses included.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function sum(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((all, one) => (all === null || one === null ? null : all + one), 0);
}
