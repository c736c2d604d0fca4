/** A stream such as process.stdout. */
interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly total: number;
  readonly output: Output;
  /** The clock in milliseconds, for tests. */
  readonly now?: () => number;
}

const redrawMs = 100;
const plainStepPercent = 10;

/** Shows how far a long work is: one line that changes on a terminal, otherwise a line for each tenth. */
export class Progress {
  readonly #total: number;
  readonly #output: Output;
  readonly #now: () => number;
  readonly #startedAt: number;
  #done = 0;
  #drawnAt = -Infinity;
  #drawnStep = 0;

  constructor({ total, output, now = Date.now }: ProgressOptions) {
    this.#total = total;
    this.#output = output;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Notes that so many steps more are done, or need not be. */
  advance(steps = 1): void {
    this.#done += steps;
    const step = Math.floor((100 * this.#done) / this.#total / plainStepPercent);
    if (this.#output.isTTY) {
      if (this.#now() - this.#drawnAt < redrawMs) return;
      this.#drawnAt = this.#now();
      this.#output.write(`\r\x1b[K${this.line()}`);
    } else if (step > this.#drawnStep) {
      this.#drawnStep = step;
      this.#output.write(`${this.line()}\n`);
    }
  }

  /** Takes the changing line away. */
  clear(): void {
    if (this.#output.isTTY) this.#output.write('\r\x1b[K');
  }

  /** How far it is, how fast it is, and how long it will take. */
  line(): string {
    const seconds = Math.max(0.001, (this.#now() - this.#startedAt) / 1000);
    const rate = this.#done / seconds;
    const percent = Math.floor((100 * this.#done) / this.#total);
    const left = rate === 0 ? '' : `, ${inWords(Math.ceil((this.#total - this.#done) / rate))} left`;
    return `${percent} %: ${this.#done} of ${this.#total} steps, ${rate.toFixed(rate < 10 ? 1 : 0)} a second${left}`;
  }
}

function inWords(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
