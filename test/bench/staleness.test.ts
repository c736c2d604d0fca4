import assert from 'node:assert/strict';
import { WrongResult } from '../../bench/scenario.ts';
import { watchSale } from '../../bench/staleness.ts';

/** Answers with these figures one after another, and with the last from then on. */
function telling(...figures: number[]) {
  let reads = 0;
  return async () => figures[Math.min(reads++, figures.length - 1)] ?? 0;
}

describe('how old an answer is behind a sale', () => {
  const began = Date.now() - 5;
  const answered = Promise.resolve(began);

  it('counts from the beginning of the transaction to the first new answer', async () => {
    const watched = await watchSale(telling(9), 9, answered);
    assert.equal(watched?.began, began);
    assert.ok(watched.newAt >= began);
    assert.equal(watched.oldMs, null);
  });

  it('is proven by the last request that was sent behind the answer of the order and still told the old figure', async () => {
    const watched = await watchSale(telling(10, 10, 10, 9), 9, answered);
    assert.ok(watched !== undefined && watched.oldMs !== null && watched.oldMs > 0);
  });

  it('is proven by no request that was sent before the order was answered', async () => {
    let answer: (began: number) => void = () => undefined;
    const sale = new Promise<number>((resolve) => (answer = resolve));
    const figures = telling(10, 10, 10, 9);
    let reads = 0;
    const read = async () => {
      reads += 1;
      if (reads === 4) answer(began);
      return figures();
    };
    assert.equal((await watchSale(read, 9, sale, 0))?.oldMs, null);
  });

  it('is also over when more has been sold than was waited for', async () => {
    assert.equal((await watchSale(telling(7), 9, answered))?.oldMs, null);
  });

  it('is nothing for an order that was not placed', async () => {
    assert.equal(await watchSale(telling(10), 9, Promise.resolve(undefined)), undefined);
    assert.equal(await watchSale(telling(9), 9, Promise.resolve(undefined)), undefined);
  });

  it('fails the run when it is more than it may be', async () => {
    await assert.rejects(watchSale(telling(10), 9, answered, 30), (error) => {
      assert.ok(error instanceof WrongResult);
      assert.match(error.message, /ms after a sale 10 units were still shown, of which 9 were left/);
      return true;
    });
  });

  it('fails no run for a request that was sent in time and answered late', async () => {
    const figures = telling(10, 10, 9);
    const read = async () => {
      const since = performance.now();
      while (performance.now() - since < 300);
      return figures();
    };
    assert.notEqual((await watchSale(read, 9, answered, 250))?.oldMs, null);
  });
});
