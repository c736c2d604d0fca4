import { Readable } from 'node:stream';

export interface EventStreamOptions {
  /** The API key of the caller, if it has one. */
  readonly keyId?: string;
  /** When it ends at the latest, on the clock of `performance.now()`. */
  readonly until: number;
  /** Bytes that may wait for a caller; one that is slower is cut off. */
  readonly unsent: number;
}

/** The events that one caller is sent. They share their bytes with everybody else's. */
export class EventStream extends Readable {
  readonly keyId: string | undefined;
  readonly until: number;
  readonly openedAt = performance.now();
  /** Whether it has all that came before, and is sent what comes. */
  isLive = false;
  readonly #unsent: number;
  #isOver = false;

  constructor({ keyId, until, unsent }: EventStreamOptions) {
    super();
    this.keyId = keyId;
    this.until = until;
    this.#unsent = unsent;
  }

  override _read(): void {
    // What there is was pushed.
  }

  get isOver(): boolean {
    return this.#isOver || this.destroyed;
  }

  /** Sends more, or cuts the caller off that has not taken what came before: it comes back and says where it was. */
  send(events: Buffer): void {
    if (this.isOver) return;
    if (this.readableLength > this.#unsent) this.destroy();
    else this.push(events);
  }

  /** Ends it behind what was sent. */
  finish(): void {
    if (this.isOver) return;
    this.#isOver = true;
    this.push(null);
  }
}
