import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { findDiscrepancies } from '../../src/persistence/books/check.ts';
import { Caller, isAmbiguous, newKey, type Answer, type Request } from './caller.ts';
import { form } from './form.ts';
import { diceOf } from './load.ts';
import { sharedSystem, type System } from './system.ts';

/** Races at once: more would mostly race for the machine. */
const lanes = 6;
/** Wins that each side must have had, and races that are run for it at the most. */
const { wins, races: mostRaces } = form.choose({ wins: 3, races: 300 }, { wins: 20, races: 2_000 });
/** Milliseconds around the supposed end of the hold in which the confirmation is sent. */
const spread = 40;

type Winner = 'confirmation' | 'expiry';

describe('Expiry against confirmation', function () {
  this.timeout(form.choose(120_000, 1_200_000));
  let system: System;
  before(async () => {
    system = await sharedSystem();
  });

  it('has exactly one winner, whichever it is', async () => {
    const caller = new Caller(system.urls);
    const dice = diceOf(form.seed);
    const productId = await stockProduct(caller);
    const won: Record<Winner, number> = { confirmation: 0, expiry: 0 };
    // Where both sides win is found out on the way: the sweep follows whoever loses.
    let centre = 0;
    let races = 0;
    while (Math.min(won.confirmation, won.expiry) < wins && races < mostRaces) {
      const offsets = Array.from({ length: lanes }, () => centre + dice(-spread, spread));
      for (const winner of await Promise.all(offsets.map((offset) => race(system, caller, productId, offset)))) {
        won[winner] += 1;
        centre += winner === 'confirmation' ? 5 : -5;
      }
      races += lanes;
    }
    console.log(
      `      ${JSON.stringify({ name: 'expiry against confirmation', seed: form.seed, races, ...won, centre })}`,
    );
    assert.ok(Math.min(won.confirmation, won.expiry) >= wins, `in ${races} races: ${JSON.stringify(won)}`);
    assert.deepEqual(await findDiscrepancies(system.db), []);
  });
});

async function stockProduct(caller: Caller): Promise<string> {
  const body = { name: 'Raced for', price: '1.00', total_stock: 100_000 };
  const { data } = await caller.send({ method: 'POST', path: '/api/products/', body, key: newKey() });
  return data?.id ?? assert.fail('a product could be made');
}

/** Places an order with a hold of a second and confirms it `offset` milliseconds after that second. */
async function race({ db }: System, caller: Caller, productId: string, offset: number): Promise<Winner> {
  const placed = await decide(caller, {
    method: 'POST',
    path: '/api/create-order/',
    body: { product_id: productId, quantity: 1, hold_seconds: 1 },
    key: newKey(),
  });
  assert.equal(placed.status, 201);
  const id = placed.data?.id ?? '';
  await delay(Math.max(0, 1_000 + offset));
  const path = `/api/orders/${id}/transition/`;
  const confirmed = await decide(caller, { method: 'POST', path, body: { new_status: 'confirmed' }, key: newKey() });
  assert.equal(confirmed.status, 200, `the confirmation was answered ${confirmed.status}`);
  // When the expiry won, another order takes the place of this one.
  const confirmedId = confirmed.data?.id ?? '';
  const winner: Winner = confirmedId === id ? 'confirmation' : 'expiry';

  const steps = (await db('audit_log')
    .where({ object_type: 'Order', object_id: id, action: 'ORDER_STATUS_CHANGED' })
    .select('new_value')) as { new_value: { status: string } }[];
  const statuses = steps.map(({ new_value }) => new_value.status);
  assert.deepEqual(statuses, [winner === 'confirmation' ? 'confirmed' : 'cancelled'], `order ${id}`);
  const { rescued_from: rescuedFrom } = (await db('orders').where({ id: confirmedId }).first('rescued_from')) as {
    rescued_from: string | null;
  };
  assert.equal(rescuedFrom, winner === 'confirmation' ? null : id);
  const cancel: Omit<Request, 'key'> = {
    method: 'POST',
    path: `/api/orders/${confirmedId}/transition/`,
    body: { new_status: 'cancelled' },
  };
  assert.equal((await decide(caller, { ...cancel, key: newKey() })).status, 200);
  return winner;
}

async function decide(caller: Caller, request: Request): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await caller.send(request);
    if (!isAmbiguous(answer) && answer.status !== 202) return answer;
    assert.ok(tries < 50, `${request.path} is answered ${answer.status} again and again`);
    await delay(200);
  }
}
