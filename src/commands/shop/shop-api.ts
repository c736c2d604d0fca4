import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { StackError } from '../../stack/stack-error.ts';

/** What the API answered to one request. */
export interface Answer {
  readonly status: number;
  /** The code of a problem. */
  readonly code?: string | undefined;
  /** What a problem says. */
  readonly detail?: string | undefined;
  readonly data?: unknown;
  /** Of a list; null on its last page. */
  readonly next_cursor?: string | null | undefined;
  /** Where to ask what became of the request. */
  readonly location?: string | undefined;
  /** When to ask again, if it says so. */
  readonly retryAfterMs?: number;
  /** Whether it is the answer to the same request, sent before. */
  readonly replayed?: boolean;
}

export interface Question {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: object;
  /** The same for each time that this is asked; one of its own when left out. */
  readonly idempotencyKey?: string;
  /** Who asks, where the API believes it. */
  readonly actor?: string;
}

/** Milliseconds that one request gets to be decided, with everything that has to be asked again. */
const patience = 60_000;

/** Milliseconds between two questions when the API names no other time: at first, and at most. */
const [pause, longestPause] = [200, 3_000];

const accepted = 202;
const tryAgain = new Set([429, 503]);

const envelope = z.object({
  data: z.unknown().optional(),
  next_cursor: z.string().nullable().optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
});

/** Whether the API has done what it was asked for. */
export function isDone({ status }: Answer): boolean {
  return status === 200 || status === 201;
}

/** The API of a running stack, as a patient customer uses it. */
export class ShopApi {
  readonly #base: string;
  readonly #credentials: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal | undefined;

  /**
   * @param base address of the API, `http://host:port`
   * @param key of an admin; none for an API that is open
   * @param signal ends what is being asked; the requests reject with its reason
   */
  constructor(base: string, key?: string, signal?: AbortSignal) {
    this.#base = base;
    this.#signal = signal;
    // Every request that is under way listens to it.
    if (signal !== undefined) setMaxListeners(0, signal);
    this.#credentials = key === undefined ? {} : { Authorization: `Bearer ${key}` };
  }

  /** @throws StackError when nothing answers there, or not to us, in one line that says what to do */
  async assertReachable(): Promise<void> {
    try {
      await this.#send({ method: 'GET', path: '/livez' });
    } catch (error) {
      this.#signal?.throwIfAborted();
      throw new StackError(`No API answers at ${this.#base}. Run earmark start, or name another address with --url.`, {
        cause: error,
      });
    }
    // Something that only an admin may read: products are made and stock is adjusted later on.
    const { status, detail } = await this.decide({ method: 'GET', path: '/api/keys/?limit=1' });
    if (status === 401 || status === 403) {
      throw new StackError(`The API at ${this.#base} refuses: ${detail} Set EARMARK_API_KEY to the key of an admin.`);
    }
  }

  /**
   * Asks until it is decided. What was only accepted (202), and what may or may not have been (503, a lost connection), is
   * neither done nor refused: it is asked for at the address the API gave, or sent again with the same Idempotency-Key.
   * @returns the last answer; still 202 or 503 when a minute was not enough
   */
  async decide(question: Question): Promise<Answer> {
    const giveUpAt = Date.now() + patience;
    const key = question.idempotencyKey ?? randomUUID();
    let location: string | undefined;
    for (let wait = pause; ; wait = Math.min(2 * wait, longestPause)) {
      const answer = await this.#sendOrLose(location === undefined ? question : { method: 'GET', path: location }, key);
      // Nothing is at the address that came with a 503: the request never got through.
      const lost = location !== undefined && answer.code === 'not-found';
      const open = answer.status === accepted || tryAgain.has(answer.status);
      if (!open && !lost) return answer;
      if (Date.now() > giveUpAt) return answer;
      location = lost ? undefined : (answer.location ?? location);
      await this.#rest(answer.retryAfterMs ?? wait);
    }
  }

  /** Reads a document that has no envelope, such as /openapi.json; undefined when there is none. */
  async document(path: string): Promise<unknown> {
    const signal = AbortSignal.any([
      AbortSignal.timeout(patience),
      ...(this.#signal === undefined ? [] : [this.#signal]),
    ]);
    const response = await fetch(new URL(path, this.#base), { headers: this.#credentials, signal });
    return response.json().catch(() => undefined);
  }

  async #rest(ms: number): Promise<void> {
    // Its own error only says that something was aborted, and not by whom.
    await delay(ms, undefined, { signal: this.#signal }).catch(() => this.#signal?.throwIfAborted());
  }

  async #sendOrLose(question: Question, key: string): Promise<Answer> {
    try {
      return await this.#send(question, key);
    } catch (error) {
      this.#signal?.throwIfAborted();
      return { status: 503, detail: error instanceof Error ? error.message : String(error) };
    }
  }

  async #send({ method, path, body, actor = 'chaos' }: Question, key?: string): Promise<Answer> {
    const response = await fetch(new URL(path, this.#base), {
      method,
      headers: {
        'X-Actor': actor,
        ...this.#credentials,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(method === 'POST' && key !== undefined ? { 'Idempotency-Key': key } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([AbortSignal.timeout(patience), ...(this.#signal === undefined ? [] : [this.#signal])]),
    });
    const parsed = envelope.safeParse(await response.json().catch(() => undefined));
    const retryAfter = Number(response.headers.get('Retry-After') ?? NaN);
    return {
      status: response.status,
      ...parsed.data,
      location: response.headers.get('Location') ?? undefined,
      replayed: response.headers.get('Idempotent-Replayed') === 'true',
      ...(Number.isFinite(retryAfter) ? { retryAfterMs: retryAfter * 1000 } : {}),
    };
  }
}
