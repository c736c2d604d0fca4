import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Connects to an API and sends bytes; what comes back is for the caller to read. */
export async function dial(url: string, bytes: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  return socket;
}

/** Sends bytes that no HTTP client would, and reads until the server closes the connection. */
export async function exchange(url: string, bytes: string): Promise<WireAnswer> {
  return parse(await text(await dial(url, bytes)));
}

/** Demands that an answer is a problem with this code, with its request id in the header and in the body. */
export function assertProblem({ headers, body, status }: WireAnswer, code: string): void {
  const problem = JSON.parse(body) as Record<string, unknown>;
  assert.deepEqual([problem['code'], problem['status']], [code, status]);
  assert.match(headers.get('Content-Type') ?? '', /^application\/problem\+json/);
  assert.match(String(problem['request_id']), /^[0-9a-f-]{36}$/);
  assert.equal(headers.get('X-Request-Id'), problem['request_id']);
}

function parse(answer: string): WireAnswer {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => line.split(/:\s*(.*)/s, 2) as [string, string]);
  return { status: Number(statusLine.split(' ')[1]), headers: new Headers(headers), body: rest.join('\r\n\r\n') };
}
