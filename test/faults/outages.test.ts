import assert from 'node:assert/strict';
import { newKey, type Answer, type Caller } from './caller.ts';
import { form } from './form.ts';
import { underLoad, type Run } from './scenario.ts';
import { sharedSystem, type System } from './system.ts';

const { seed } = form;
/** Milliseconds. */
const outage = form.choose(6_000, 60_000);
/** Milliseconds in which a caller learns how things stand while a server is away, and in which all works again when it is back. */
const limits = { told: 3_000, usable: 5_000 } as const;

describe('An outage', function () {
  this.timeout(form.choose(120_000, 600_000));
  let system: System;
  before(async () => {
    system = await sharedSystem();
  });

  it('of Postgres leaves create-order answering 202 within 3 s, and the orders are placed afterwards', async () => {
    await underLoad({ name: 'outage of Postgres', system, seed, usableWithin: limits.usable }, async (run) => {
      await run.system.postgres.stop();
      await during(outage, async () => {
        const answer = await placeOne(run);
        assert.equal(answer.status, 202, JSON.stringify(answer));
        assertInTime(answer);
      });
    });
  });

  it('of Temporal leaves create-order answering 503 within 3 s while reads work', async () => {
    await underLoad({ name: 'outage of Temporal', system, seed, usableWithin: limits.usable }, async (run) => {
      await run.system.temporal.stop();
      await during(outage, async () => {
        const answer = await placeOne(run);
        assert.equal(answer.status, 503, JSON.stringify(answer));
        assert.equal(answer.retryAfter, '1');
        assertInTime(answer);
        await assertReadable(run.caller, run.productIds[0] ?? '');
      });
    });
  });
});

/** An order like those of the shoppers, whose outcome is demanded like theirs. */
async function placeOne({ load, productIds }: Run): Promise<Answer> {
  const items = [{ product_id: productIds[0], quantity: 1 }];
  return load.place({ items, hold_seconds: 3, reference: newKey() });
}

async function assertReadable(caller: Caller, productId: string): Promise<void> {
  for (const path of [
    `/api/products/${productId}/`,
    '/api/orders/?status=pending&limit=5',
    '/api/audit-log/?limit=5',
  ]) {
    const answer = await caller.send({ method: 'GET', path });
    assert.equal(answer.status, 200, path);
    assertInTime(answer);
  }
}

function assertInTime({ askedAt, answeredAt }: Answer): void {
  assert.ok(answeredAt - askedAt <= limits.told, `an answer took ${answeredAt - askedAt} ms`);
}

/** Does something again and again for some milliseconds. */
async function during(ms: number, act: () => Promise<void>): Promise<void> {
  const end = Date.now() + ms;
  while (Date.now() < end) await act();
}
