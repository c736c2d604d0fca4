import type { LastLook, Schedule, System } from '../client/shapes.ts';
import { counted } from './words.ts';

/** Something that is not as it should be. */
export interface Trouble {
  /** What is wrong, and what that means for the shop. */
  readonly what: string;
  /** What to do about it; commands are between backticks. */
  readonly todo: string;
}

/** Milliseconds: each worker asks for work at least this often. */
const silence = 60_000;

/** So many tasks that nobody has taken are more than a moment's work. */
const pile = 100;

/** Whether a worker asked for work within the last minute. */
export function isAtWork({ last_seen: seen }: { readonly last_seen: string }, now: string): boolean {
  return Date.parse(now) - Date.parse(seen) <= silence;
}

/** What is wrong, most urgent first. @param isReachable whether the server answers: what is known is old otherwise */
export function troublesOf(isReachable: boolean, system: System | undefined, look: LastLook | undefined): Trouble[] {
  if (!isReachable) {
    return [
      {
        what: 'The server does not answer: nobody can order, and nothing can be looked up. What was accepted is not lost.',
        todo: 'Look whether `earmark start` or `earmark api` still runs, and what its log says; start it again. This page goes on by itself.',
      },
    ];
  }
  return [
    ...(system ? [...ofDependencies(system), ...ofWorkers(system), ...ofSchedules(system)] : []),
    ...ofLook(look),
  ];
}

function ofDependencies({ dependencies: { database, temporal } }: System): Trouble[] {
  const troubles: Trouble[] = [];
  if (database.status === 'down') {
    troubles.push({
      what: `The database cannot be used: orders are neither accepted nor shown. ${database.detail ?? ''}`.trim(),
      todo: 'Look whether Postgres runs and has room on its disk. Earmark connects again by itself.',
    });
  }
  if (temporal.status === 'down') {
    troubles.push({
      what: `Temporal cannot be used: what is there can be read, but orders are neither accepted nor moved. ${temporal.detail ?? ''}`.trim(),
      todo: 'Look whether the Temporal server runs. Earmark connects again by itself, and all orders go on where they were.',
    });
  }
  return troubles;
}

function ofWorkers({ workers, backlog, now, dependencies }: System): Trouble[] {
  if (workers === null) {
    // Temporal being down is said already.
    if (dependencies.temporal.status === 'down') return [];
    return [
      {
        what: 'Temporal did not say in time whether workers are there.',
        todo: 'Wait a few seconds: this page asks again. If it stays, look at the Temporal server.',
      },
    ];
  }
  if (!workers.some((worker) => isAtWork(worker, now))) {
    return [
      {
        what: 'No worker has asked for work within a minute: orders are accepted but nothing moves, and holds do not run out.',
        todo: 'Start `earmark worker`. What has piled up is then carried out by itself.',
      },
    ];
  }
  const waiting = backlog ? backlog.workflow + backlog.activity : 0;
  if (waiting < pile) return [];
  return [
    {
      what: `Work piles up: about ${counted(waiting, 'task')} wait for a worker, so orders move late.`,
      todo: 'If it does not become less within minutes, start another `earmark worker`.',
    },
  ];
}

function ofSchedules({ schedules, workers }: System): Trouble[] {
  if (schedules === null) return [];
  const troubles = schedules.flatMap(ofSchedule);
  // Workers make them when they start.
  if (schedules.length < 2 && workers !== null && workers.length > 0) {
    troubles.push({ what: 'A schedule is missing.', todo: 'Start `earmark worker` again: it makes its schedules.' });
  }
  return troubles;
}

const failures: readonly string[] = ['failed', 'timed-out', 'terminated', 'cancelled'];

function ofSchedule({ id, paused, last_run: lastRun }: Schedule): Trouble[] {
  const { name, whenPaused } = meaningOfSchedule(id);
  if (paused)
    return [{ what: `“${name}” is paused. ${whenPaused}`, todo: `Unpause the schedule \`${id}\` in Temporal.` }];
  if (!lastRun || !failures.includes(lastRun.status)) return [];
  return [
    {
      what: `The last run of “${name}” came to no good end (${lastRun.status}).`,
      todo: 'Look at the log of the worker. If the next run ends well, nothing is to be done.',
    },
  ];
}

function ofLook(look: LastLook | undefined): Trouble[] {
  const found = Object.values(look?.last_look?.counts ?? {}).reduce((sum, count) => sum + count, 0);
  if (found === 0) return [];
  return [
    {
      what: `The last look found ${counted(found, 'contradiction')} in the books; see below.`,
      todo: 'Run `earmark reconcile --repair`: it repairs them, and says what a person has to do.',
    },
  ];
}

/** What a schedule is for, and what it means that it is paused. */
export function meaningOfSchedule(id: string): { readonly name: string; readonly whenPaused: string } {
  if (id === 'earmark-clean-expired') {
    return {
      name: 'Clean up overdue holds',
      whenPaused: 'Holds still run out by their own timers; those that are missed stay reserved until it goes on.',
    };
  }
  if (id === 'earmark-reconcile') {
    return {
      name: 'Look for contradictions',
      whenPaused: 'Orders are not affected, but nobody looks whether the books agree.',
    };
  }
  return { name: id, whenPaused: 'It does nothing until it goes on.' };
}
