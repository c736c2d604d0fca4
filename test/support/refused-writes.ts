import assert from 'node:assert/strict';

/** Demands that the database refuses a write by the constraint of this name. */
export async function refusedBy(constraint: string, write: PromiseLike<unknown>): Promise<void> {
  await assert.rejects(Promise.resolve(write), { constraint });
}
