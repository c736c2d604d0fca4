import type { ChangeBatch, ChangePosition } from '../persistence/change-entries.ts';

/** What was missed, and the mark in the recent batches where it is joined to them. */
export interface Missed {
  readonly entries: ChangeBatch['entries'];
  readonly upto: ChangePosition;
  readonly mark: number;
}

/** Positions whose answer is kept. After a restart thousands come with the same one. */
const mostKept = 8;

/** Reads what was missed since positions. All who come with the same one share what is read. */
export class MissedChanges {
  readonly #read: (since: ChangePosition) => Promise<Missed>;
  readonly #found = new Map<string, Promise<Missed>>();

  constructor(read: (since: ChangePosition) => Promise<Missed>) {
    this.#read = read;
  }

  /** @param id the position as callers write it */
  since(id: string, position: ChangePosition): Promise<Missed> {
    const known = this.#found.get(id);
    if (known !== undefined) return known;
    const reading = this.#read(position);
    this.#found.set(id, reading);
    const [oldest] = this.#found.keys();
    if (this.#found.size > mostKept && oldest !== undefined) this.#found.delete(oldest);
    reading.catch(() => this.forget(id, reading));
    return reading;
  }

  /** Forgets an answer that leads nowhere any more, unless there is another one already. */
  forget(id: string, answer: Promise<Missed>): void {
    if (this.#found.get(id) === answer) this.#found.delete(id);
  }
}
