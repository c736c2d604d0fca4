import { randomUUID } from 'node:crypto';

/** Something asked of the API; asked again with the same key it has one effect. */
export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly actor?: string;
  /** Idempotency-Key of a POST. */
  readonly key?: string;
}

export interface Answer {
  /** 0 when the connection broke before there was one. */
  readonly status: number;
  readonly code?: string | undefined;
  readonly data?: AnsweredData | undefined;
  readonly location?: string | undefined;
  readonly retryAfter?: string | undefined;
  /** When it was asked and answered, in milliseconds since the epoch. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** What is looked at of an answer's data. */
interface AnsweredData {
  readonly id?: string;
  readonly status?: string;
  /** Of an order; set while it waits. */
  readonly waiting?: object | null;
  readonly lines?: readonly { readonly line: number; readonly quantity: number }[];
}

/** A request together with what came back. */
export interface Exchange {
  readonly request: Request;
  readonly answer: Answer;
}

/** Longer than any answer may take: who waits so long got none. */
const patience = 15_000;

/** Whether it cannot be told from the answer what became of the request. */
export function isAmbiguous({ status }: Answer): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/**
 * Calls the APIs of a shop as a load balancer would: in turn, and past one that refuses the connection. Remembers every exchange.
 */
export class Caller {
  readonly exchanges: Exchange[] = [];
  readonly #urls: readonly string[];
  #turn = 0;

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  async send(request: Request): Promise<Answer> {
    const turn = this.#turn++;
    for (let tries = 1; ; tries += 1) {
      const base = this.#urls[(turn + tries) % this.#urls.length] as string;
      const answer = await this.#sendTo(base, request);
      if (answer === 'refused' && tries < this.#urls.length) continue;
      const told: Answer = answer === 'refused' ? { status: 0, askedAt: Date.now(), answeredAt: Date.now() } : answer;
      this.exchanges.push({ request, answer: told });
      return told;
    }
  }

  async #sendTo(base: string, { method, path, body, actor = 'shopper', key }: Request): Promise<Answer | 'refused'> {
    const askedAt = Date.now();
    try {
      const response = await fetch(new URL(path, base), {
        method,
        headers: {
          'X-Actor': actor,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(patience),
      });
      const json = (await response.json()) as { data?: Answer['data']; code?: string };
      return {
        status: response.status,
        code: json.code,
        data: json.data,
        location: response.headers.get('Location') ?? undefined,
        retryAfter: response.headers.get('Retry-After') ?? undefined,
        askedAt,
        answeredAt: Date.now(),
      };
    } catch (error) {
      if (isRefused(error)) return 'refused';
      return { status: 0, askedAt, answeredAt: Date.now() };
    }
  }
}

/** A key that nobody has used. */
export function newKey(): string {
  return `fault-test-${randomUUID()}`;
}

/** Nothing listens there: the request was not sent. */
function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: string; errors?: { code?: string }[] }) : undefined;
  return cause?.code === 'ECONNREFUSED';
}
