import { setTimeout as delay } from 'node:timers/promises';
import { quantiles, type Quantiles } from './percentiles.ts';

/** Sends one request and tells the status of its answer; 0 when there was none. */
export type Send = () => Promise<number>;

/** How long requests are sent before anything counts, and for how long they count then, in milliseconds. */
export interface Window {
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Called when the measured part begins, and when it is over. */
  readonly began?: () => void;
  readonly ended?: () => void;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

/** What was measured. */
export interface Measured extends Quantiles {
  /** Answers with a good status in the measured part. */
  readonly done: number;
  readonly perSecond: number;
  /** How often each status came in the measured part, whether it was good or not. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Answers with another status: they have no part in latencies and rates. */
  readonly failed: number;
}

/** Which answers count. */
export type IsGood = (status: number) => boolean;

/** Keeps `inFlight` requests going: each is followed by the next as soon as it is answered. */
export async function closedLoop(send: Send, isGood: IsGood, inFlight: number, window: Window): Promise<Measured> {
  const start = performance.now();
  const from = start + window.warmUpMs;
  const to = from + window.measureMs;
  const tally = new Tally(isGood);
  const cancel = callAt(window);
  const client = async (): Promise<void> => {
    for (let sentAt = performance.now(); sentAt < to; sentAt = performance.now()) {
      window.signal?.throwIfAborted();
      const status = await send();
      const answeredAt = performance.now();
      if (answeredAt >= from && answeredAt < to) tally.add(status, answeredAt - sentAt);
    }
  };
  try {
    await Promise.all(Array.from({ length: inFlight }, client));
  } finally {
    cancel();
  }
  return tally.result(window.measureMs);
}

/**
 * Sends at a fixed rate whatever the answers do. Each latency counts from when the request was to be sent, so that a server which
 * stalls is charged for all that queues up meanwhile, also where this process itself came too late.
 * @param rate requests a second
 */
export async function openLoop(send: Send, isGood: IsGood, rate: number, window: Window): Promise<Measured> {
  const start = performance.now();
  const from = start + window.warmUpMs;
  const to = from + window.measureMs;
  const tally = new Tally(isGood);
  const cancel = callAt(window);
  const pending: Promise<void>[] = [];
  const request = async (intendedAt: number): Promise<void> => {
    const status = await send();
    if (intendedAt >= from) tally.add(status, performance.now() - intendedAt);
  };
  try {
    for (let n = 0; ; n++) {
      const intendedAt = start + (n * 1000) / rate;
      if (intendedAt >= to) break;
      window.signal?.throwIfAborted();
      const early = intendedAt - performance.now();
      if (early > 0) await delay(early);
      pending.push(request(intendedAt));
    }
    await Promise.all(pending);
  } finally {
    await Promise.allSettled(pending);
    cancel();
  }
  return tally.result(window.measureMs);
}

/** What each of a fixed number of requests was answered, and when, in milliseconds since the first was sent. */
export interface Answered {
  readonly status: number;
  readonly latencyMs: number;
  readonly atMs: number;
}

/** Sends so many requests, `inFlight` at a time, and waits for the last answer. */
export async function sendAll(send: Send, count: number, inFlight: number, signal?: AbortSignal): Promise<Answered[]> {
  const start = performance.now();
  const answers: Answered[] = [];
  let left = count;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      signal?.throwIfAborted();
      const sentAt = performance.now();
      const status = await send();
      const now = performance.now();
      answers.push({ status, latencyMs: now - sentAt, atMs: now - start });
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, client));
  return answers;
}

class Tally {
  readonly #latencies: number[] = [];
  readonly #statuses: Record<number, number> = {};
  readonly #isGood: IsGood;
  #failed = 0;

  constructor(isGood: IsGood) {
    this.#isGood = isGood;
  }

  add(status: number, latencyMs: number): void {
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    if (this.#isGood(status)) this.#latencies.push(latencyMs);
    else this.#failed += 1;
  }

  result(measureMs: number): Measured {
    const done = this.#latencies.length;
    const perSecond = done / (measureMs / 1000);
    return { ...quantiles(this.#latencies), done, perSecond, statuses: this.#statuses, failed: this.#failed };
  }
}

function callAt({ warmUpMs, measureMs, began, ended }: Window): () => void {
  const timers = [
    ...(began ? [setTimeout(began, warmUpMs)] : []),
    ...(ended ? [setTimeout(ended, warmUpMs + measureMs)] : []),
  ];
  return () => timers.forEach(clearTimeout);
}
