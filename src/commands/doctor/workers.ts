import { ok, problem, type Verdict } from './diagnosis.ts';

/** A worker that has asked for tasks of one kind in the last minutes. */
export interface Poller {
  readonly kind: 'workflow' | 'activity';
  readonly identity: string;
  /** Milliseconds of the epoch. */
  readonly lastPoll: number;
}

/** Milliseconds after which a worker that runs has asked again: Temporal keeps each question for a minute. */
const longestPoll = 75_000;

/** Judges whether somebody takes the tasks of a queue. The server tells of whoever asked in the last five minutes. */
export function judgeWorkers(taskQueue: string, pollers: readonly Poller[], now: number): Verdict {
  const advice = 'Run earmark worker, or restart the stack.';
  for (const kind of ['workflow', 'activity'] as const) {
    const last = Math.max(...pollers.filter((poller) => poller.kind === kind).map(({ lastPoll }) => lastPoll));
    if (last === -Infinity) return problem(`No worker polls the task queue ${taskQueue} for ${kind} tasks. ${advice}`);
    if (now - last > longestPoll) {
      return problem(
        `No worker polls the task queue ${taskQueue} for ${kind} tasks any more: the last did ${seconds(now - last)} s ago. ${advice}`,
      );
    }
  }
  const alive = pollers.filter(({ lastPoll }) => now - lastPoll <= longestPoll);
  const names = [...new Set(alive.map(({ identity }) => identity))].sort();
  const last = Math.max(...alive.map(({ lastPoll }) => lastPoll));
  return ok(`${names.join(', ')} on the task queue ${taskQueue}, last poll ${seconds(now - last)} s ago`);
}

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}
