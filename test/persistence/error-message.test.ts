import assert from 'node:assert/strict';
import { messageOf } from '../../src/persistence/error-message.ts';
import { testDatabase } from '../support/database.ts';

const database = testDatabase();

describe('What an error of the database says', () => {
  database.prepare();

  const failing = (sql: string): Promise<Error> =>
    database.db.raw(sql).then(
      () => assert.fail('it did not fail'),
      (error: Error) => error,
    );

  it('is said without the statement', async () => {
    const error = await failing('SELECT 1 - 2 FROM nowhere');
    assert.match(error.message, /SELECT/);
    assert.equal(messageOf(error), 'relation "nowhere" does not exist');
  });

  it('is left as it is when there is no statement', () => {
    assert.equal(messageOf(new Error('connect ECONNREFUSED - here')), 'connect ECONNREFUSED - here');
  });
});
