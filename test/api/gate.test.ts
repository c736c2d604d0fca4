import assert from 'node:assert/strict';
import { Gate } from '../../src/api/gate.ts';
import { ProblemError } from '../../src/api/problems.ts';

/** Work that goes on until it is told to end. */
function work() {
  let end: () => void = () => undefined;
  const going = new Promise<void>((resolve) => (end = resolve));
  return { begun: false, going, end };
}

function unavailable(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'unavailable' && /Nothing was begun/.test(error.message);
}

describe('The gate before placing', () => {
  const patient = { working: 1, waiting: 2, patience: 60_000, of: 'orders' };

  it('lets so many be at work, and the next in the order they came', async () => {
    const gate = new Gate(patient);
    const order: string[] = [];
    const first = work();
    const one = gate.pass(() => first.going);
    const two = gate.pass(async () => void order.push('two'));
    const three = gate.pass(async () => void order.push('three'));
    assert.deepEqual(order, []);
    first.end();
    await Promise.all([one, two, three]);
    assert.deepEqual(order, ['two', 'three']);
  });

  it('turns away at once whoever finds the queue full', async () => {
    const gate = new Gate(patient);
    const first = work();
    const inside = [first.going, Promise.resolve(), Promise.resolve()].map((going) => gate.pass(() => going));
    await assert.rejects(
      gate.pass(() => assert.fail('it must not begin')),
      unavailable,
    );
    first.end();
    await Promise.all(inside);
    assert.equal(await gate.pass(async () => 'open again'), 'open again');
  });

  it('turns away whoever has waited too long, and keeps the place of the others', async () => {
    const gate = new Gate({ ...patient, patience: 1 });
    const first = work();
    const one = gate.pass(() => first.going);
    await assert.rejects(
      gate.pass(() => assert.fail('it must not begin')),
      unavailable,
    );
    first.end();
    await one;
    assert.equal(await gate.pass(async () => 'open again'), 'open again');
  });

  it('is passed on by work that fails', async () => {
    const gate = new Gate(patient);
    const failing = gate.pass(async () => Promise.reject(new Error('failed')));
    const next = gate.pass(async () => 'next');
    await assert.rejects(failing, /failed/);
    assert.equal(await next, 'next');
  });
});
