import { Context } from '@temporalio/activity';
import type { Activities } from '../../src/activities/index.ts';

export type ActivityName = keyof Activities;

/** What a test does around one call of an activity; `run` does the real work and may be called later, or never. */
export type Around = (run: () => Promise<unknown>) => Promise<unknown>;

/** The real activities, each call of which goes through `call`. */
export function around(real: Activities, call: (name: ActivityName, run: () => Promise<unknown>) => Promise<unknown>) {
  const wrapped = Object.entries(real).map(([name, activity]) => [
    name,
    (input: never) => call(name as ActivityName, () => (activity as (input: never) => Promise<unknown>)(input)),
  ]);
  return Object.fromEntries(wrapped) as Activities;
}

/** Lets a test put something around the next call of an activity; all other calls go straight through. */
export class NextCalls {
  readonly #planned = new Map<ActivityName, Around>();

  readonly wrap = (real: Activities): Activities =>
    around(real, (name, run) => {
      const planned = this.#planned.get(name);
      this.#planned.delete(name);
      return planned ? planned(run) : run();
    });

  /** Puts something around the next call of an activity. */
  next(name: ActivityName, around: Around): void {
    this.#planned.set(name, around);
  }

  /** Holds the next call of an activity up, before it does anything, until the gate is opened. */
  holdUp(name: ActivityName): Gate {
    const { gate, pass } = gated();
    this.next(name, pass);
    return gate;
  }

  /**
   * The same of the next call that is an activity of its own: the one before it, within the task of the workflow, fails. While that one is
   * under way nothing else reaches the workflow, and nobody hears that an update was accepted.
   */
  holdUpOutsideTheTask(name: ActivityName): Gate {
    const { gate, pass } = gated();
    this.next(name, () => {
      this.next(name, pass);
      return Promise.reject(new Error('not within the task'));
    });
    return gate;
  }
}

/** Puts something around the first run of one activity in each workflow that is expected, within a task of the workflow or not. */
export class FirstAttempts {
  readonly #expected = new Map<string, ActivityName>();
  readonly #runs = new Map<string, number>();
  readonly #around: Around;

  constructor(around: Around) {
    this.#around = around;
  }

  readonly wrap = (real: Activities): Activities =>
    around(real, (name, run) => {
      const { workflowExecution } = Context.current().info;
      const workflowId = workflowExecution?.workflowId ?? '';
      if (this.#expected.get(workflowId) !== name) return run();
      this.#runs.set(workflowId, this.runs(workflowId) + 1);
      return this.runs(workflowId) === 1 ? this.#around(run) : run();
    });

  /** From now on the first attempt of this activity in this workflow is not left alone. */
  expect(workflowId: string, name: ActivityName): void {
    this.#expected.set(workflowId, name);
  }

  /** How often the activity has run that is expected in a workflow. */
  runs(workflowId: string): number {
    return this.#runs.get(workflowId) ?? 0;
  }
}

export interface Gate {
  /** Settles when the activity stands before the gate. */
  readonly reached: Promise<void>;
  open(): void;
}

function gated(): { readonly gate: Gate; readonly pass: Around } {
  const reached = settleable();
  const opened = settleable();
  const pass: Around = async (run) => {
    reached.settle();
    await opened.promise;
    return run();
  };
  return { gate: { reached: reached.promise, open: opened.settle }, pass };
}

function settleable(): { readonly promise: Promise<void>; readonly settle: () => void } {
  let settle = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}
