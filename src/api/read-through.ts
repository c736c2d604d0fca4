import { LRUCache } from 'lru-cache';

/** Characters, about, that all values of a cache may have together. */
const mostCharacters = 32 * 1024 * 1024;

/** A value that is being read, or has been. */
interface Entry<T> {
  readonly reading: Promise<T | undefined>;
  value?: T;
}

/**
 * Values by their keys, read when somebody asks for one that is not there. All who ask for it meanwhile share that read. An entry is there
 * from the moment its read begins, so that who forgets it also forgets what is still being read: that goes to those who asked, and no further.
 */
export class ReadThrough<T> {
  readonly #read: (key: string) => Promise<T | undefined>;
  readonly #entries: LRUCache<string, Entry<T>>;
  readonly #sizeOf: (value: T) => number;

  /** @param sizeOf how large a value is, about, in characters */
  constructor(read: (key: string) => Promise<T | undefined>, sizeOf: (value: T) => number) {
    this.#read = read;
    this.#sizeOf = sizeOf;
    this.#entries = new LRUCache({ maxSize: mostCharacters });
  }

  /** The value if it is there, without reading it. */
  peek(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  /** The value, read unless it is there. What does not exist is not kept. */
  get(key: string): Promise<T | undefined> {
    const entry = this.#entries.get(key);
    if (entry !== undefined) return entry.reading;
    const begun: Entry<T> = { reading: this.#read(key) };
    this.#entries.set(key, begun, { size: 1 });
    begun.reading.then(
      (value) => this.#keep(key, begun, value),
      () => this.#keep(key, begun, undefined),
    );
    return begun.reading;
  }

  /** @returns whether it was there, or being read */
  forget(key: string): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  #keep(key: string, begun: Entry<T>, value: T | undefined): void {
    // Forgotten meanwhile: it may be what was there before.
    if (this.#entries.peek(key) !== begun) return;
    if (value === undefined) {
      this.#entries.delete(key);
      return;
    }
    begun.value = value;
    // As a new entry, for its size.
    this.#entries.set(key, { ...begun }, { size: 1 + this.#sizeOf(value) });
  }
}
