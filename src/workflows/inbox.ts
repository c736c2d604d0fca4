import { allHandlersFinished, CancellationScope, condition, log, setHandler } from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';
import type { Refusal } from '../domain/errors.ts';
import { failureOf } from './refusals.ts';

/** A command that waits for its verdict. */
export interface Pending<Command, Answer> {
  readonly command: Command;
  answer(answer: Answer): void;
  refuse(refusal: Refusal): void;
}

/** A signal without content that is remembered until somebody takes it. */
export interface Signalled {
  readonly come: boolean;
  /** Whether it has come; from now on it has not. */
  take(): boolean;
}

/** So many ignored commands of one workflow are logged; anybody may send thousands. */
const loggedIgnored = 100;

/**
 * The commands sent to a workflow. Handlers only put a command in and await its verdict; the main function takes them out one
 * at a time and judges each by the state it finds then. So nothing is decided twice, and nothing in between.
 */
export class Inbox<Command, Answer> {
  readonly #waiting: Pending<Command, Answer>[] = [];
  /** How many of those at the front have been taken. */
  #taken = 0;
  #ignored = 0;
  #idle = false;

  /** Queues a command and settles with the main function's verdict: for updates. */
  submit(command: Command): Promise<Answer> {
    return new Promise((answer, fail) => {
      this.#waiting.push({ command, answer, refuse: (refusal) => fail(failureOf(refusal)) });
    });
  }

  /** Queues a command that nobody waits for: a refused or malformed one is logged and ignored. For signals. */
  post(read: () => Command): void {
    try {
      // No promise and no Error: a backlog of thousands has to be judged within one workflow task.
      const refuse = ({ message }: Refusal): void => this.#ignore(message);
      this.#waiting.push({ command: read(), answer: () => undefined, refuse });
    } catch (error) {
      this.#ignore(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * The next command, or undefined when the timer (if one is running) ends first, or the signal comes that is waited for. A command that
   * is there goes before both.
   */
  async next(
    timer: { readonly ended: boolean } | undefined,
    signalled?: Signalled,
  ): Promise<Pending<Command, Answer> | undefined> {
    if (!this.#isWaiting()) {
      this.#idle = true;
      await condition(() => this.#isWaiting() || timer?.ended === true || signalled?.come === true);
      this.#idle = false;
    }
    return this.#take();
  }

  /** Refuses whatever is still waiting or comes in late, and returns when every handler has had its verdict. */
  async close(judge: (command: Command) => Refusal): Promise<void> {
    for (;;) {
      for (let pending = this.#take(); pending !== undefined; pending = this.#take())
        pending.refuse(judge(pending.command));
      if (allHandlersFinished()) return;
      await condition(() => this.#isWaiting() || allHandlersFinished());
    }
  }

  /**
   * Whether the main function has nothing to do: only then is the state it will judge a new command by the one it has now. A step
   * under way may have been committed, and seen by the caller, before the workflow hears of it.
   */
  isIdle(): boolean {
    return this.#idle && !this.#isWaiting();
  }

  #isWaiting(): boolean {
    return this.#taken < this.#waiting.length;
  }

  #take(): Pending<Command, Answer> | undefined {
    const pending = this.#waiting[this.#taken];
    if (pending === undefined) return undefined;
    this.#taken += 1;
    // Not by shift(), which moves the whole backlog each time.
    if (this.#taken === this.#waiting.length) this.#waiting.length = this.#taken = 0;
    return pending;
  }

  #ignore(why: string): void {
    this.#ignored += 1;
    if (this.#ignored <= loggedIgnored) log.warn('A command was ignored', { why });
    if (this.#ignored === loggedIgnored) log.warn('Further commands that are ignored are not logged any more');
  }
}

/** Answers the update `placed` as soon as the main function knows what became of placing, even if a cancellation comes first. */
export function answerPlaced<Placement>(
  update: UpdateDefinition<Placement>,
  placement: () => Placement | undefined,
): void {
  setHandler(update, () =>
    CancellationScope.nonCancellable(async () => {
      await condition(() => placement() !== undefined);
      return placement() as Placement;
    }),
  );
}

/** Takes a cancellation of the workflow, from the Web UI say, as one more command. Call it in the workflow's root scope. */
export function onCancellation(act: () => void): void {
  CancellationScope.current().cancelRequested.catch(act);
}
