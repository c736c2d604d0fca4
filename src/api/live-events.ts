import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ChangeBatch, ChangePosition } from '../persistence/change-entries.ts';
import type { EntryListener } from '../persistence/change-feed.ts';
import { isBeyond } from '../persistence/snapshot.ts';
import { changeFrame, helloFrame, resetFrame, timeFrame } from './event-frames.ts';
import { encodePosition } from './event-position.ts';
import { EventStream } from './event-stream.ts';
import { Gate } from './gate.ts';
import { MissedChanges, type Missed } from './missed-changes.ts';
import { ProblemError } from './problems.ts';
import { RecentBatches } from './recent-batches.ts';

/** Milliseconds, unless it says otherwise. */
export interface EventLimits {
  /** Streams at once; more are turned away. */
  readonly streams: number;
  readonly heartbeat: number;
  /** Of a stream at most, so that credentials are looked at again. */
  readonly life: number;
  /** Bytes that may wait for a caller. */
  readonly unsent: number;
}

const defaults: EventLimits = { streams: 5_000, heartbeat: 15_000, life: 15 * 60_000, unsent: 256 * 1024 };

/** Milliseconds. */
const patience = {
  /** For an answer to be begun with a stream; else its caller was told something else meanwhile. */
  begin: 10_000,
  /** After which what could not be read is tried again. */
  again: 1_000,
  /** For a stream to be taken to its end once the server stops. */
  farewell: 1_000,
} as const;

/** Positions that are read at once; thousands may come at once with one of their own. */
const reading = { working: 2, waiting: 5_000, patience: 60_000, of: 'streams that were away' };

export interface LiveEventsParts {
  /** Looks for changes and tells {@link LiveEvents.listener}. @throws when it is lost */
  readonly feed: { catchUp(): Promise<void> };
  /** The entries between two snapshots. */
  readonly readBetween: (since: string, upto: string) => Promise<ChangeBatch['entries']>;
  readonly log: Pick<Logger, 'warn'>;
  readonly limits?: Partial<EventLimits>;
}

/** Who asks for a stream. */
export interface Subscriber {
  readonly keyId?: string;
  /** Where it was when its connection ended. */
  readonly from?: ChangePosition;
}

/** Tells all callers that listen what is committed, by whichever process: each change once and in order, from one feed. */
export class LiveEvents {
  readonly #feed: LiveEventsParts['feed'];
  readonly #log: LiveEventsParts['log'];
  readonly #limits: EventLimits;
  readonly #streams = new Set<EventStream>();
  readonly #recent = new RecentBatches();
  readonly #missed: MissedChanges;
  /** How far the last look saw; undefined while nobody listens. */
  #seen: ChangePosition | undefined;
  /** The position behind the last change that was told, as callers get it. */
  #id: string | undefined;
  /** The database's clock at a moment of `performance.now()`. */
  #clock = { now: 0, at: 0 };
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #opening = 0;
  #opened = 0;

  constructor({ feed, readBetween, log, limits }: LiveEventsParts) {
    this.#feed = feed;
    this.#log = log;
    this.#limits = { ...defaults, ...limits };
    const gate = new Gate(reading);
    this.#missed = new MissedChanges((since) => gate.pass(() => this.#readSince(since, readBetween)));
  }

  /** What the feed tells. It asks for entries only while there are streams. */
  readonly listener: EntryListener = {
    isListening: () => this.#timer !== undefined,
    told: (batch) => this.#tell(batch),
  };

  /** How many streams are open. */
  get size(): number {
    return this.#streams.size;
  }

  /**
   * Opens a stream.
   * @throws ProblemError unavailable when there are too many, the server stops, or nobody has ever said what changes
   */
  async open({ keyId, from }: Subscriber): Promise<EventStream> {
    const { streams, life, unsent } = this.#limits;
    if (this.#isStopped) throw new ProblemError('unavailable', 'The server stops. Ask again.');
    if (this.#streams.size + this.#opening >= streams)
      throw new ProblemError('unavailable', `There are ${streams} streams already. Try again in a moment.`);
    this.#opening += 1;
    try {
      await this.#follow();
    } finally {
      this.#opening -= 1;
    }
    // Those that came at the same time do not end at the same time.
    this.#opened += 1;
    const until = performance.now() + life * (1 - (this.#opened % 50) / 200) - this.#limits.heartbeat;
    const stream = new EventStream({ until, unsent, ...(keyId === undefined ? {} : { keyId }) });
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    const id = from && encodePosition(from);
    // Whoever is cut off before it has what it missed comes back with the position it came with.
    stream.send(helloFrame(id ?? this.#id, this.#now()));
    if (from === undefined || id === undefined) stream.isLive = true;
    else void this.#resume(stream, id, from);
    return stream;
  }

  /** Ends all streams and opens no more. */
  stop(): void {
    this.#isStopped = true;
    this.#leave();
    const left = Array.from(this.#streams);
    for (const stream of left) stream.finish();
    setTimeout(() => left.forEach((stream) => stream.destroy()), patience.farewell).unref();
  }

  /** Begins to listen, unless it does. */
  async #follow(): Promise<void> {
    this.#timer ??= setInterval(() => this.#beat(), this.#limits.heartbeat).unref();
    if (this.#seen !== undefined) return;
    try {
      await this.#feed.catchUp();
    } catch (error) {
      throw new ProblemError('unavailable', 'The database does not say what changes. Try again in a moment.', {
        cause: error,
      });
    }
    if (this.#isStopped || this.#seen === undefined)
      throw new ProblemError('unavailable', 'The server stops. Ask again.');
  }

  #leave(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#seen = undefined;
  }

  #tell({ position, now, entries }: ChangeBatch): void {
    if (this.#timer === undefined) return;
    this.#clock = { now: now.getTime(), at: performance.now() };
    const isFirst = this.#seen === undefined;
    this.#seen = position;
    if (!isFirst && entries !== 'everything' && entries.length === 0) return;
    this.#id = encodePosition(position);
    if (isFirst || entries === 'everything') this.#recent.restart(this.#id);
    // Before the first one nobody was there.
    if (isFirst) return;
    if (entries === 'everything') return this.#reset();
    const events = changeFrame(this.#id, entries);
    this.#recent.push(this.#id, events);
    for (const stream of this.#streams) if (stream.isLive) stream.send(events);
    const revoked = new Set(entries.filter(({ action }) => action === 'KEY_REVOKED').map(({ objectId }) => objectId));
    if (revoked.size > 0) this.#end(({ keyId }) => keyId !== undefined && revoked.has(keyId));
  }

  #reset(): void {
    const events = resetFrame(this.#id);
    for (const stream of this.#streams) {
      stream.isLive = true;
      stream.send(events);
    }
    // One of their keys may have been revoked among all that.
    this.#end(({ keyId }) => keyId !== undefined);
  }

  /** Tells a caller that comes back what it missed, and has it follow from there. */
  async #resume(stream: EventStream, id: string, from: ChangePosition): Promise<void> {
    const recent = this.#recent.since(id);
    if (recent !== undefined) return join(stream, recent);
    while (!stream.isOver && !stream.isLive) {
      const answer = this.#missed.since(id, from);
      try {
        const { entries, upto, mark } = await answer;
        if (stream.isLive) return;
        const later = this.#recent.after(mark);
        if (entries === 'everything') return join(stream, [resetFrame(this.#id)]);
        if (later === undefined) this.#missed.forget(id, answer);
        else if (entries.length === 0) return join(stream, later);
        else return join(stream, [changeFrame(encodePosition(upto), entries), ...later]);
      } catch (error) {
        this.#log.warn({ err: error }, 'what a stream missed could not be read');
        await delay(patience.again, undefined, { ref: false });
      }
    }
  }

  async #readSince(since: ChangePosition, read: LiveEventsParts['readBetween']): Promise<Missed> {
    // Another process may have been ahead of this one: from here on this one is as far.
    await this.#feed.catchUp();
    const upto = this.#seen;
    if (upto === undefined) throw new Error('Nobody listens any more');
    const mark = this.#recent.mark();
    const isForeign = since.cluster !== upto.cluster || isBeyond(since.snapshot, upto.snapshot);
    return { entries: isForeign ? 'everything' : await read(since.snapshot, upto.snapshot), upto, mark };
  }

  #beat(): void {
    const now = performance.now();
    this.#end(({ until }) => now > until);
    for (const stream of this.#streams) {
      if (stream.readableFlowing === null && now - stream.openedAt > patience.begin) stream.destroy();
    }
    if (this.#streams.size + this.#opening === 0) return this.#leave();
    const events = timeFrame(this.#now());
    for (const stream of this.#streams) stream.send(events);
  }

  #end(which: (stream: EventStream) => boolean): void {
    for (const stream of this.#streams) if (which(stream)) stream.finish();
  }

  /** The database's time, also while it does not answer. */
  #now(): Date {
    return new Date(this.#clock.now + performance.now() - this.#clock.at);
  }
}

/** In one piece: what was missed is no sign that a caller is slow. */
function join(stream: EventStream, events: readonly Buffer[]): void {
  stream.isLive = true;
  if (events.length > 0) stream.send(Buffer.concat(events));
}
