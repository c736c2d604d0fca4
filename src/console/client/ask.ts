import { v4 as uuidv4 } from 'uuid';
import { noteServerDate } from './clock.ts';
import { Refused, Unreachable, type Problem } from './problem.ts';
import { actingAs } from './session.ts';

/** A good answer: its data, and of a list the cursor of the next page. */
export interface Answer<Data> {
  readonly status: number;
  readonly data: Data;
  readonly nextCursor: string | null;
}

interface Asking {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Of a POST: repeats with the same key have one effect. A new one unless given. */
  readonly key?: string;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Asks the API, as whoever is signed in.
 * @throws Refused with the problem it answered with; Unreachable without an answer; AbortError when `signal` said so
 */
export async function ask<Data>(method: Method, path: string, asking: Asking = {}): Promise<Answer<Data>> {
  const response = await send(method, path, asking);
  if (response.status === 204) return { status: 204, data: undefined as Data, nextCursor: null };
  const body = await bodyOf(response);
  if (!response.ok) throw isProblem(body) ? new Refused(body) : new Unreachable('What answered is not Earmark.');
  const { data, next_cursor: nextCursor = null } = body as { data: Data; next_cursor?: string | null };
  return { status: response.status, data, nextCursor };
}

/** A key for one intention of the user: however often it is sent, it is carried out once. */
export function newKey(): string {
  return uuidv4();
}

async function send(method: Method, path: string, { body, signal, key }: Asking): Promise<Response> {
  const actor = actingAs();
  try {
    const response = await fetch(path, {
      method,
      ...(signal === undefined ? {} : { signal }),
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(method === 'POST' || method === 'PUT' ? { 'Idempotency-Key': key ?? newKey() } : {}),
        ...(actor === null ? {} : { 'X-Actor': actor }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    noteServerDate(response.headers.get('Date'));
    return response;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable('The server does not answer.', { cause: error });
  }
}

/** A proxy in front of an API that is down may answer with JSON of its own as well. */
function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'status' in body;
}

/** A proxy in front of an API that is down answers with pages of its own: that is no answer of the API. */
async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw new Unreachable('What answered is not Earmark.', { cause: error });
  }
}
