import { ProblemError } from './problems.ts';

export interface GateOptions {
  /** Requests that may be at work at once. */
  readonly working: number;
  /** Requests that may wait for their turn; more are turned away at once. */
  readonly waiting: number;
  /** Milliseconds that one may wait. */
  readonly patience: number;
  /** What is too much at once, as it is told to those who are turned away. */
  readonly of: string;
}

/**
 * What the gate before placing is like unless told otherwise. Without one, more orders than can be placed would be begun, each would
 * take longer, and in the end hardly any would be done before its caller is told "no answer in time". So many at work keep Temporal
 * and the workers busy (docs/reliability.md has the figures); moving an order is not held up by it.
 */
export const placingGate: GateOptions = { working: 8, waiting: 56, patience: 1_500, of: 'orders' };

/** That before reading large bodies, of which each is kept until it is there: who sends slowly takes one of many places, and no time. */
export const uploadGate: GateOptions = { working: 64, waiting: 0, patience: 0, of: 'lists' };

/** That before large bodies that have arrived: each takes some tens of MB while it is checked. */
export const listGate: GateOptions = { working: 4, waiting: 12, patience: 1_500, of: 'lists' };

/** That before what reads a whole list: each is at it for as long as its caller takes to read. */
export const exportGate: GateOptions = { working: 4, waiting: 12, patience: 1_500, of: 'exports' };

/** A gate that lets so many through at once and has the next few wait a moment. */
export class Gate {
  readonly #options: GateOptions;
  #working = 0;
  /** In the order they came; each lets its request in. */
  readonly #queue: (() => void)[] = [];

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /**
   * Does the work when it is its turn.
   * @throws ProblemError unavailable when there is too much to do; nothing has been begun then
   */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working >= this.#options.working) await this.#turn();
    else this.#working += 1;
    try {
      return await work();
    } finally {
      // A place is handed on rather than freed, so that nobody jumps the queue.
      const next = this.#queue.shift();
      if (next) next();
      else this.#working -= 1;
    }
  }

  #turn(): Promise<void> {
    if (this.#queue.length >= this.#options.waiting) throw turnedAway(this.#options);
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(enter), 1);
        reject(turnedAway(this.#options));
      }, this.#options.patience);
      this.#queue.push(enter);
    });
  }
}

function turnedAway({ of }: GateOptions): ProblemError {
  return new ProblemError('unavailable', `Too many ${of} at once. Nothing was begun; try again in a moment.`);
}
