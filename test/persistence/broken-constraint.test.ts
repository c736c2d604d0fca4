import assert from 'node:assert/strict';
import { v7 } from 'uuid';
import { breaksConstraint } from '../../src/persistence/broken-constraint.ts';
import { codeConstraint, insertWarehouse } from '../../src/persistence/warehouses.ts';
import { testDatabase } from '../support/database.ts';

const database = testDatabase();

describe('A broken constraint', () => {
  database.prepare();

  it('is told by its name, and from every other error', async () => {
    const taken = { id: v7(), code: 'MAIN', name: 'Main', region: null, priority: 1, active: true };
    const refusal = await insertWarehouse(database.db, taken).then(
      () => assert.fail('it was written'),
      (error: unknown) => error,
    );
    assert.equal(breaksConstraint(refusal, codeConstraint), true);
    assert.equal(breaksConstraint(refusal, 'warehouses_code_form'), false);
    for (const other of [new Error(codeConstraint), codeConstraint, null, undefined]) {
      assert.equal(breaksConstraint(other, codeConstraint), false);
    }
  });
});
