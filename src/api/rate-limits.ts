import type { Knex } from 'knex';
import type { Logger } from 'pino';
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import type { ApiContext } from './middleware/context.ts';
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
}

export interface RateLimits {
  readonly requests: Allowance;
  readonly failures: Allowance;
}

/** Without a limit. */
const unlimited: Allowance = { take: async () => undefined };

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

  constructor(name: string, counter: RateLimiterAbstract, log: Pick<Logger, 'warn'>) {
    this.#name = name;
    this.#counter = counter;
    this.#log = log;
  }

  async take(ctx: ApiContext, caller: string): Promise<void> {
    const counted = await this.#consume(caller);
    if (counted === undefined) return;
    const { points, duration } = this.#counter;
    const left = Math.max(0, counted.remainingPoints);
    const seconds = Math.max(1, Math.ceil(counted.msBeforeNext / 1000));
    const headers = {
      // draft-ietf-httpapi-ratelimit-headers: how much there is (q) in how many seconds (w), what is left (r) for how long (t).
      'RateLimit-Policy': `"${this.#name}";q=${points};w=${duration}`,
      RateLimit: `"${this.#name}";r=${left};t=${seconds}`,
    };
    ctx.set(headers);
    if (counted.consumedPoints <= points) return;
    const what = this.#name === 'failures' ? 'wrong credentials' : 'requests';
    throw new ProblemError('rate-limited', `More than ${points} ${what} in ${duration} s. Try again in ${seconds} s.`, {
      headers: { ...headers, 'Retry-After': String(seconds) },
    });
  }

  async #consume(caller: string): Promise<RateLimiterRes | undefined> {
    try {
      return await this.#counter.consume(caller);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return refused;
      // Better to let somebody ask too much than to turn everybody away since nobody counts.
      this.#log.warn({ err: refused }, 'a request could not be counted');
      return undefined;
    }
  }
}
