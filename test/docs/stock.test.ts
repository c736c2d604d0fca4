import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { allocate, type AllocatableLevel, type AllocationStrategy } from '../../src/domain/allocation.ts';

/** The rows of a table in docs/stock.md, by a cell of its head: cells without blanks around them and without backquotes. */
async function tableWith(heading: string): Promise<string[][]> {
  const text = await readFile(new URL('../../docs/stock.md', import.meta.url), 'utf8');
  const tables = text.match(/(?:^\|.*\n)+/gm) ?? [];
  const table = tables.map(rowsOf).find(([head]) => head?.includes(heading));
  return table ?? assert.fail(`docs/stock.md has no table with ${heading}`);
}

function rowsOf(table: string): string[][] {
  const rows = table.trimEnd().split('\n');
  const cells = rows.map((row) => row.split('|').slice(1, -1));
  return cells.filter((_, index) => index !== 1).map((row) => row.map((cell) => cell.replaceAll('`', '').trim()));
}

describe('The worked examples of docs/stock.md', () => {
  it('add up: each balance of the ledger is the one before it and the change', async () => {
    const [, ...rows] = await tableWith('balance');
    const numbers = (cell = '') => cell.split(',').map((part) => Number(part.replace('−', '-')));
    const oldestFirst = rows.toReversed().map(([, , change, balance]) => [numbers(change), numbers(balance)] as const);
    assert.equal(oldestFirst.length, 5);
    oldestFirst.reduce<readonly number[]>(
      (before, [change, balance]) => {
        const after = before.map((figure, index) => figure + (change[index] ?? NaN));
        assert.deepEqual(after, balance);
        const [total = NaN, available = NaN, reserved = NaN] = after;
        assert.equal(total, available + reserved);
        return after;
      },
      [0, 0, 0],
    );
  });

  for (const [lamps, cups] of [
    [4, 2],
    [12, 5],
  ]) {
    it(`allocate as they say: ${lamps} lamps and ${cups} cups`, async () => {
      const [codes = [], priorities = [], regions = [], ...stock] = await tableWith('HAM');
      const levelsOf = (name: string): AllocatableLevel[] => {
        const row = stock.find(([cell]) => cell === name) ?? assert.fail(`no row of ${name}`);
        return codes.slice(1).map((warehouse, index) => ({
          warehouseId: warehouse,
          warehouse,
          priority: Number(priorities[index + 1]),
          region: regions[index + 1] || null,
          available: Number(row[index + 1]),
          active: true,
        }));
      };
      const demands = [
        { quantity: lamps ?? 0, levels: levelsOf('lamps') },
        { quantity: cups ?? 0, levels: levelsOf('cups') },
      ];
      const [, ...told] = await tableWith(`${lamps} lamps`);
      assert.equal(told.length, 4);
      for (const [strategy, ...cells] of told) {
        const found = allocate(demands, { strategy: strategy as AllocationStrategy, region: 'south' });
        const said =
          'met' in found
            ? found.met.map(({ allocations }) => allocations.map((a) => `${a.warehouse} ${a.quantity}`).join(', '))
            : [`refused, ${found.unmet[0]?.available} in ${found.closest}`, ''];
        assert.deepEqual(said, cells, strategy);
      }
    });
  }
});
