import type { Overview } from '../domain/overview.ts';

/** Milliseconds from its beginning for which a look is good at least. */
const goodFor = 2_000;

/** And so many times as long as it took: in a shop of many millions of orders, looking is no more than a tenth of what its core does. */
const timesItsOwn = 10;

interface Look {
  readonly reading: Promise<Overview>;
  /** When it began, as the clock says; undefined while it has yet to. */
  beganAt?: number;
  /** How long it took; undefined until it is over. */
  took?: number;
}

/**
 * Overviews, read once for all who ask for one of as many hours within two seconds (longer when it took long), or while it is being read. One is read at a time, so
 * that whoever asks for many takes no more than one connection from those who sell.
 */
export class SharedOverview {
  readonly #read: (hours: number) => Promise<Overview>;
  readonly #clock: () => number;
  readonly #looks = new Map<number, Look>();
  #before: Promise<unknown> = Promise.resolve();

  /** @param clock milliseconds, which only ever grow */
  constructor(read: (hours: number) => Promise<Overview>, clock: () => number = () => performance.now()) {
    this.#read = read;
    this.#clock = clock;
  }

  /** The overview of so many hours, no older than two seconds when it was asked for, or than ten times what it took. */
  get(hours: number): Promise<Overview> {
    for (const [of, look] of this.#looks) if (this.#isOld(look)) this.#looks.delete(of);
    const known = this.#looks.get(hours);
    if (known !== undefined) return known.reading;
    const reading = this.#before.then(() => {
      look.beganAt = this.#clock();
      return this.#read(hours);
    });
    const look: Look = { reading };
    this.#looks.set(hours, look);
    this.#before = reading.then(
      () => void (look.took = this.#clock() - (look.beganAt ?? 0)),
      // Nobody is told of a failure but those who were there.
      () => void this.#looks.delete(hours),
    );
    return reading;
  }

  #isOld({ took, beganAt = Infinity }: Look): boolean {
    return took !== undefined && this.#clock() - beganAt >= Math.max(goodFor, timesItsOwn * took);
  }
}
