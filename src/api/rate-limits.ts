import type { Knex } from 'knex';
import type { Logger } from 'pino';
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import type { ApiContext } from './middleware/context.ts';
import { inTime } from './deadline.ts';
import { ProblemError } from './problems.ts';

/** How much one caller may ask. */
export interface RateLimitRules {
  /** Requests a minute for each credential, and for each address without one; null is as many as they like. */
  readonly requests: number | null;
  /** Wrong credentials a minute for each address. */
  readonly failures: number;
  /** Where it is counted: in each API process alone, or in the database for all of them. */
  readonly store: 'memory' | 'postgres';
  /** Seconds that are counted together: a minute unless given. */
  readonly window?: number;
}

/** What each caller has for a window. */
export interface Allowance {
  /**
   * Takes one from it, and tells in the headers what is left.
   * @throws ProblemError rate-limited when nothing is left
   */
  take(ctx: ApiContext, caller: string): Promise<void>;
  /** Whether this process has turned the caller away in the running window: a look that costs nothing. */
  isSpent(caller: string): boolean;
}

export interface RateLimits {
  readonly requests: Allowance;
  readonly failures: Allowance;
}

/** Without a limit. */
const unlimited: Allowance = { take: async () => undefined, isSpent: () => false };

/** Milliseconds that the counter gets: a request that cannot be counted in time goes on uncounted. */
const countWithin = 1_000;

/** Counts by the rules. Where the database does not answer, each process counts for itself meanwhile. */
export function rateLimits(
  { requests, failures, store, window = 60 }: RateLimitRules,
  db: Knex,
  log: Pick<Logger, 'warn'>,
): RateLimits {
  const counter = (name: string, points: number): RateLimiterAbstract => {
    const options = { keyPrefix: name, points, duration: window };
    if (store === 'memory') return new RateLimiterMemory(options);
    return new RateLimiterPostgres({
      ...options,
      storeClient: db,
      storeType: 'knex',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: true,
      // Who is over it costs the database nothing more in the window.
      inMemoryBlockOnConsumed: points + 1,
      insuranceLimiter: new RateLimiterMemory(options),
    });
  };
  const allowance = (name: string, points: number): Allowance => new Counted(name, counter(name, points), log);
  return {
    requests: requests === null ? unlimited : allowance('requests', requests),
    failures: allowance('failures', failures),
  };
}

class Counted implements Allowance {
  readonly #name: string;
  readonly #counter: RateLimiterAbstract;
  readonly #log: Pick<Logger, 'warn'>;
  /** Until when each caller is turned away, in milliseconds of this process's clock. */
  readonly #spent = new Map<string, number>();

  constructor(name: string, counter: RateLimiterAbstract, log: Pick<Logger, 'warn'>) {
    this.#name = name;
    this.#counter = counter;
    this.#log = log;
  }

  isSpent(caller: string): boolean {
    const until = this.#spent.get(caller);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    this.#spent.delete(caller);
    return false;
  }

  async take(ctx: ApiContext, caller: string): Promise<void> {
    const counted = await this.#consume(caller);
    if (counted === undefined) return;
    const { points, duration } = this.#counter;
    const { left, seconds } = counted;
    const headers = {
      // draft-ietf-httpapi-ratelimit-headers: how much there is (q) in how many seconds (w), what is left (r) for how long (t).
      'RateLimit-Policy': `"${this.#name}";q=${points};w=${duration}`,
      RateLimit: `"${this.#name}";r=${left};t=${seconds}`,
    };
    ctx.set(headers);
    if (!counted.isRefused) return;
    this.#remember(caller, seconds * 1000);
    const what = this.#name === 'failures' ? 'wrong credentials' : 'requests';
    throw new ProblemError('rate-limited', `More than ${points} ${what} in ${duration} s. Try again in ${seconds} s.`, {
      headers: { ...headers, 'Retry-After': String(seconds) },
    });
  }

  #remember(caller: string, milliseconds: number): void {
    const now = performance.now();
    // Those whose time is over go first, so that it does not grow with every address that ever came. They stand about in that order.
    for (const [other, until] of this.#spent) {
      if (until > now) break;
      this.#spent.delete(other);
    }
    this.#spent.delete(caller);
    this.#spent.set(caller, now + milliseconds);
  }

  /** @returns undefined when it could not be counted: better to let somebody ask too much than to turn everybody away */
  async #consume(caller: string): Promise<Count | undefined> {
    try {
      return countOf(await inTime(this.#counter.consume(caller), asked, { patience: countWithin }), false);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return countOf(refused, true);
      this.#log.warn({ err: refused }, 'a request could not be counted');
      return undefined;
    }
  }
}

const asked = { isRead: true, hasKey: false };

interface Count {
  readonly isRefused: boolean;
  readonly left: number;
  /** Until the window is over. */
  readonly seconds: number;
}

function countOf({ remainingPoints, msBeforeNext }: RateLimiterRes, isRefused: boolean): Count {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return { isRefused, left: isRefused ? 0 : Math.max(0, remainingPoints), seconds };
}
