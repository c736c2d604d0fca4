import assert from 'node:assert/strict';
import { v4 as uuidv4 } from 'uuid';
import type { Reply } from './http.ts';

/** A fresh Idempotency-Key, as the headers that send it. */
export function keyed(key: string = uuidv4()): { readonly 'Idempotency-Key': string } {
  return { 'Idempotency-Key': key };
}

/** Whether an answer says that it is the first one's. */
export function isReplayed({ headers }: Reply): boolean {
  return headers.get('Idempotent-Replayed') === 'true';
}

/** Demands that a reply is the first one's answer again, under its own request id. */
export function assertReplayOf(first: Reply, reply: Reply): void {
  assert.equal(reply.status, first.status, reply.text);
  assert.equal(isReplayed(reply), true, 'It is not marked as a replay');
  assert.equal(reply.headers.get('Location'), first.headers.get('Location'));
  assert.notEqual(reply.json.request_id, first.json.request_id);
  assert.deepEqual(answerOf(reply), answerOf(first));
}

/**
 * Sends the same request many times at once, and demands that one was carried out and that all say the same. What a slow machine did
 * not decide in time (202, 503) is sent again.
 */
export async function assertOneAnswer(status: number, times: number, send: () => Promise<Reply>): Promise<void> {
  const replies = await assertSameAnswer(status, times, send);
  const carriedOut = replies.filter((reply) => reply.status !== 503 && !isReplayed(reply)).length;
  // The one that was carried out may have got a 503.
  if (carriedOut !== 0 || replies.every((reply) => reply.status !== 503)) {
    assert.equal(carriedOut, 1, 'Not exactly one answer is the first');
  }
}

/**
 * Sends the same request many times at once, and demands that in the end all say the same.
 * @returns every reply, also those that were sent again after
 */
export async function assertSameAnswer(status: number, times: number, send: () => Promise<Reply>): Promise<Reply[]> {
  const callers = await Promise.all(Array.from({ length: times }, () => untilDecided(send)));
  const decided = callers.map((replies) => replies.at(-1));
  for (const reply of decided) assert.equal(reply?.status, status, reply?.text);
  const [first] = decided;
  for (const reply of decided) assert.deepEqual(reply && answerOf(reply), first && answerOf(first));
  return callers.flat();
}

async function untilDecided(send: () => Promise<Reply>): Promise<Reply[]> {
  const replies: Reply[] = [];
  do replies.push(await send());
  while ([202, 503].includes(replies.at(-1)?.status ?? 0) && replies.length < 10);
  return replies;
}

/** What an answer says apart from which request it answers. */
function answerOf({ json }: Reply): object {
  const { request_id: _, ...rest } = json;
  return rest;
}
