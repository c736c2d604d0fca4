import assert from 'node:assert/strict';
import { SharedOverview } from '../../src/api/shared-overview.ts';
import type { Overview } from '../../src/domain/overview.ts';
import { readOverview } from '../../src/persistence/overview.ts';
import { testDatabase } from '../support/database.ts';
import { asRole } from '../support/postgres.ts';

const database = testDatabase();

/** A shared overview of the real database, whose clock stands, and what it has read. */
function shared({ failing = 0, takes = 0 } = {}) {
  const reads: number[] = [];
  let most = 0;
  let underWay = 0;
  let time = 0;
  const overview = new SharedOverview(
    async (hours): Promise<Overview> => {
      reads.push(hours);
      underWay += 1;
      most = Math.max(most, underWay);
      try {
        if (reads.length <= failing) throw new Error('no answer');
        const read = await readOverview(asRole(database.db, 'api'), hours);
        time += takes;
        return read;
      } finally {
        underWay -= 1;
      }
    },
    () => time,
  );
  return { overview, reads, atOnce: () => most, pass: (milliseconds: number) => void (time += milliseconds) };
}

describe('A shared overview', () => {
  database.prepare();

  it('is read once for all who ask while it is being read, and for two seconds', async () => {
    const { overview, reads, pass } = shared();
    const [first, second] = await Promise.all([overview.get(24), overview.get(24)]);
    assert.equal(first, second);
    pass(1_999);
    assert.equal(await overview.get(24), first);
    assert.deepEqual(reads, [24]);
  });

  it('is read again after two seconds', async () => {
    const { overview, reads, pass } = shared();
    const first = await overview.get(24);
    pass(2_000);
    assert.notEqual(await overview.get(24), first);
    assert.deepEqual(reads, [24, 24]);
  });

  it('that took long is shared for ten times as long', async () => {
    const { overview, reads, pass } = shared({ takes: 500 });
    await overview.get(24);
    pass(4_499);
    await overview.get(24);
    assert.deepEqual(reads, [24]);
    pass(1);
    await overview.get(24);
    assert.deepEqual(reads, [24, 24]);
  });

  it('is one for each number of hours, and one is read at a time', async () => {
    const { overview, reads, atOnce } = shared();
    const asked = [1, 24, 168, 24, 1];
    const got = await Promise.all(asked.map((hours) => overview.get(hours)));
    assert.deepEqual(reads, [1, 24, 168]);
    assert.deepEqual(
      got.map(({ activity }) => activity.bucketSeconds),
      [60, 1800, 10_800, 1800, 60],
    );
    assert.equal(atOnce(), 1);
  });

  it('that failed fails for those who asked meanwhile, and is read again for the next', async () => {
    const { overview, reads } = shared({ failing: 1 });
    const asked = await Promise.allSettled([overview.get(24), overview.get(24), overview.get(1)]);
    assert.deepEqual(
      asked.map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled'],
    );
    await overview.get(24);
    assert.deepEqual(reads, [24, 1, 24]);
  });
});
