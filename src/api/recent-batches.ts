/** Bytes of events that are kept for those who come back. */
const mostBytes = 2 * 1024 * 1024;

interface Batch {
  /** The position behind it. */
  readonly id: string | undefined;
  readonly events: Buffer;
}

/** The last batches of events, without a gap, so that whoever comes back soon is told what it missed from memory. */
export class RecentBatches {
  #batches: Batch[] = [];
  /** The number of the first one that is kept. */
  #first = 0;
  /** The position before the first one. */
  #before: string | undefined;
  #bytes = 0;

  /** Forgets all: from here on there is a position that has nothing to do with those before. */
  restart(id: string | undefined): void {
    // One number more, so that no mark from before means anything.
    this.#first = this.mark() + 1;
    this.#batches = [];
    this.#bytes = 0;
    this.#before = id;
  }

  push(id: string | undefined, events: Buffer): void {
    this.#batches.push({ id, events });
    this.#bytes += events.length;
    while (this.#bytes > mostBytes && this.#batches.length > 1) {
      const oldest = this.#batches.shift();
      this.#first += 1;
      this.#before = oldest?.id;
      this.#bytes -= oldest?.events.length ?? 0;
    }
  }

  /** Where the next one comes. */
  mark(): number {
    return this.#first + this.#batches.length;
  }

  /** What came at a mark and behind it. @returns undefined when some of it is kept no more */
  after(mark: number): readonly Buffer[] | undefined {
    if (mark < this.#first) return undefined;
    return this.#batches.slice(mark - this.#first).map(({ events }) => events);
  }

  /** What came behind a position. @returns undefined when it is none of those that are kept */
  since(id: string): readonly Buffer[] | undefined {
    const index = this.#batches.findLastIndex((batch) => batch.id === id);
    if (index >= 0) return this.after(this.#first + index + 1);
    return id === this.#before ? this.after(this.#first) : undefined;
  }
}
