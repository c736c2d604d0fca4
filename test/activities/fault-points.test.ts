import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { withFaultPoints } from '../../src/activities/fault-points.ts';

describe('A fault point behind an activity', () => {
  const reached: string[] = [];
  beforeEach(() => void reached.splice(0));

  const failing = (error: Error) => ({
    async reserve(): Promise<never> {
      throw error;
    },
  });
  const reach = (point: string) => void reached.push(point);

  it('is reached once it has an answer, which is then given', async () => {
    const activities = withFaultPoints({ add: async ([a, b]: [number, number]) => a + b }, reach);
    assert.equal(await activities.add([2, 3]), 5);
    assert.deepEqual(reached, ['add.committed']);
  });

  it('is reached with a refusal, which is committed by then', async () => {
    const refusal = ApplicationFailure.nonRetryable('There is not enough.', 'insufficient-stock');
    await assert.rejects(withFaultPoints(failing(refusal), reach).reserve(), (error) => error === refusal);
    assert.deepEqual(reached, ['reserve.committed']);
  });

  it('is not reached when it failed, with nothing committed', async () => {
    const failure = new Error('The connection was lost.');
    await assert.rejects(withFaultPoints(failing(failure), reach).reserve(), (error) => error === failure);
    assert.deepEqual(reached, []);
  });

  it('can lose the answer', async () => {
    const lost = new Error('lost');
    const losing = withFaultPoints({ add: async () => 5 }, () => {
      throw lost;
    });
    await assert.rejects(losing.add(), (error) => error === lost);
  });
});
