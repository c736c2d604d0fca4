import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { assertBooksBalance } from '../support/books.ts';
import { testDatabase } from '../support/database.ts';
import { readBooks } from './books.ts';
import type { Entry, Movement } from './model-books.ts';
import { limits, openings, operations } from './draws.ts';
import { actors, carryOut, type Answer, type By, type Limits, type Opening, type Operation } from './operations.ts';
import { assertServedInOrder, assertWithin } from './order-of-service.ts';
import { drawn, manyRuns } from './runs.ts';
import { Shop } from './shop.ts';
import { booksAsTold, doneIn, tooLateIn, type Told } from './told.ts';

const database = testDatabase({ poolMax: 20 });

describe('A shop with three warehouses, whatever many do at once', function () {
  this.timeout(manyRuns.timeout);
  database.prepare();

  it('has done exactly what it told them', async () => {
    // By how much a level changes that is set to a total depends on who came first.
    const foretold = operations.filter(({ does }) => does !== 'setTotal');
    const queue = fc.array(foretold, { minLength: 1, maxLength: 15, size: 'max' });
    const crowds = fc
      .array(queue, { minLength: 2, maxLength: 8, size: 'max' })
      .map((queues) => queues.map((queue, n) => queue.map((operation) => ({ ...operation, by: actorOf(n) }))));
    // What happens depends on who comes first, so a smaller example would prove nothing.
    const settings = { ...drawn(manyRuns.together), endOnFailure: true };
    await fc.assert(fc.asyncProperty(openings, limits, crowds, asTold), settings);
    await assertBooksBalance(database.db);
  });
});

function actorOf(queue: number): Operation['by'] {
  return actors[queue % actors.length] as Operation['by'];
}

/**
 * Every queue is worked off in its order, all queues at the same time, on the same orders and shelves. Whoever makes it somebody's turn
 * tells them, and they take it.
 */
async function asTold(opening: Opening, limits: Limits, crowd: readonly (readonly Operation[])[]): Promise<void> {
  const shop = await Shop.open(database.db, { actor: 'keeper', step: 0 }, opening, limits);
  const told: Told[] = [];
  let steps = 0;
  const serve = async (actor: Operation['by'], turns: readonly string[]): Promise<void> => {
    for (const name of turns) {
      const by: By = { actor, step: ++steps };
      const answer = await shop.serve(by, name);
      told.push({ by, operation: { does: 'placeAgain', by: actor, input: { what: 'order', ago: 0 } }, answer });
      // Whoever was served may make it the turn of the next; who was not, since another told them as well, has nothing to tell.
      await serve(
        actor,
        turnsIn(answer).filter((next) => next !== name),
      );
    }
  };
  await Promise.all(
    crowd.map(async (queue) => {
      for (const operation of queue) {
        const by = { actor: operation.by, step: ++steps };
        const answer = await carryOut(shop, operation, by.step);
        told.push({ by, operation, answer });
        await serve(operation.by, turnsIn(answer));
      }
    }),
  );
  // Which warehouse is used no lock guards: whoever joins a list meanwhile is told by the schedule, and others tell each other.
  const warehousesChanged = told.some(({ operation: { does } }) => does === 'changeWarehouse');
  if (warehousesChanged) {
    for (let turns = await shop.readTurns(); turns.length > 0; turns = await shop.readTurns())
      await serve(actors[0], turns);
  }
  assert.deepEqual(await shop.readTurns(), [], 'nobody waits who could be served');

  const { levels, movements, entries } = await readBooks(shop);
  const expected = booksAsTold(opening, told);
  assert.deepEqual(levels, expected.levels, 'the stock levels');
  assert.deepEqual(movements.map(moved).toSorted(), expected.movements.map(moved).toSorted(), 'the ledger');
  // So does whether a product was on sale already, or a warehouse open.
  const foretold = entries.filter(({ action }) => !['PRODUCT_UPDATED', 'WAREHOUSE_UPDATED'].includes(action));
  assert.deepEqual(foretold.map(logged).toSorted(), expected.entries.map(logged).toSorted(), 'the audit log');
  for (const row of [...movements, ...entries]) assertTold(row, told);
  assertServedInOrder(entries);
  assertWithin(limits, entries, told);
}

/** Whose turn an operation has made it, of several steps each. */
function turnsIn(answer: Answer): readonly string[] {
  if ('refused' in answer) return [];
  const steps = Array.isArray(answer.done) ? (answer.done as Answer[]).flatMap(turnsIn) : [];
  return [...(answer.turns ?? []), ...steps];
}

function moved({ type, level, total, available, reserved, ...row }: Movement): string {
  return `${type} ${level} ${total} ${available} ${reserved} for ${row.order} ${row.reservation} ${row.transfer} ${row.back}`;
}

function logged({ action, object, after }: Entry): string {
  if (action === 'ORDER_STATUS_CHANGED') return `${action} ${object} ${(after as { status: string }).status}`;
  if (action === 'WAITING_ENDED') return `${action} ${object} ${(after as { ended_as: string }).ended_as}`;
  return `${action} ${object}`;
}

/** Demands that whoever is in a row was told that it was done. */
function assertTold(row: Movement | Entry, told: readonly Told[]): void {
  if (row.step === 0) return;
  const done = told
    .filter(({ by }) => by.step === row.step)
    .flatMap(({ answer }) => [...doneIn(answer), ...tooLateIn(answer)]);
  const about = 'action' in row ? row.object : (row.order ?? row.reservation);
  const names = JSON.stringify(done);
  const isShelf = about === null || about.includes('/') || !/\d/.test(about);
  assert.ok(isShelf ? done.length > 0 : names.includes(`"${about}"`), `${JSON.stringify(row)} was told: ${names}`);
}
