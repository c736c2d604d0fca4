import type { ProblemCode } from '../../src/api/problems.ts';
import { assertDeclared } from './declared-answers.ts';

/** What the API answered. `json` is undefined for an answer without a body. */
export interface Reply<Data = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly json: {
    readonly request_id: string;
    readonly data: Data;
    readonly next_cursor: string | null;
    readonly code?: ProblemCode;
    readonly detail?: string;
    readonly errors?: readonly { readonly path: string; readonly message: string }[];
    readonly [member: string]: unknown;
  };
  readonly text: string;
}

export interface RequestOptions {
  /** Sent as JSON; text and bytes as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Of what has no end only the beginning is looked at. */
async function textOf(response: Response): Promise<string> {
  if (!/event-stream/.test(response.headers.get('Content-Type') ?? '')) return response.text();
  await response.body?.cancel();
  return '';
}

/** Sends a request and checks that the answer is one that the OpenAPI document declares. */
export async function send<Data = unknown>(
  base: string,
  method: string,
  path: string,
  { body, headers = {} }: RequestOptions = {},
): Promise<Reply<Data>> {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(new URL(path, base), {
    method,
    redirect: 'manual',
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await textOf(response);
  const isJson = /json/.test(response.headers.get('Content-Type') ?? '');
  const json = isJson && text !== '' ? JSON.parse(text) : undefined;
  const reply: Reply<Data> = { status: response.status, headers: response.headers, json, text };
  assertDeclared(method, new URL(path, base).pathname, reply);
  return reply;
}
