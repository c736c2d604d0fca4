import assert from 'node:assert/strict';
import { clientOfNobody, startApi } from '../support/api.ts';
import { openDatabase } from '../../src/persistence/database.ts';

const up = { status: 'up', detail: null };

describe('health', () => {
  it('is ready when the database and Temporal answer', async () => {
    const api = await startApi();
    try {
      const { status, json } = await api.get('/readyz');
      assert.equal(status, 200);
      assert.deepEqual(json.data, { status: 'ready', dependencies: { database: up, temporal: up } });
    } finally {
      await api.stop();
    }
  });

  it('is alive but not ready while a dependency is down, and says which', async () => {
    const db = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing' });
    const cases = [
      { parts: { db }, down: 'database', why: 'The database cannot be reached.' },
      { parts: { client: clientOfNobody() }, down: 'temporal', why: 'Temporal cannot be reached.' },
    ];
    for (const { parts, down, why } of cases) {
      const api = await startApi(parts);
      try {
        assert.equal((await api.get('/livez')).status, 200);
        const { status, json } = await api.get('/readyz');
        assert.deepEqual([status, json.code], [503, 'unavailable']);
        const dependencies = json['dependencies'] as Record<string, { status: string; detail: string }>;
        assert.deepEqual(
          Object.entries(dependencies)
            .filter(([, { status }]) => status === 'down')
            .map(([name]) => name),
          [down],
        );
        assert.deepEqual([dependencies[down]?.detail, json.detail], [why, why]);
      } finally {
        await api.stop();
      }
    }
    await db.destroy();
  });

  it('names the migrations that the database lacks', async () => {
    const api = await startApi();
    try {
      await api.db('knex_migrations').delete();
      const { json } = await api.get('/readyz');
      assert.match(json.detail ?? '', /^The database misses 0001-core.*: run earmark migrate\.$/);
    } finally {
      await api.stop();
    }
  });

  it('names the migrations that a later version of Earmark made', async () => {
    const api = await startApi();
    try {
      await api.db('knex_migrations').insert({ name: '9999-later', batch: 9, migration_time: new Date() });
      const { status, json } = await api.get('/readyz');
      assert.equal(status, 503);
      assert.equal(
        json.detail,
        'The database belongs to a later version of Earmark (it has 9999-later): run that version.',
      );
    } finally {
      await api.stop();
    }
  });

  it('answers within a second although a dependency hangs, and asks it only once at a time', async () => {
    let asked = 0;
    const hang = () => {
      asked++;
      return new Promise<void>(() => undefined);
    };
    const api = await startApi({ checks: { database: hang, temporal: async () => undefined } });
    try {
      const began = performance.now();
      const replies = await Promise.all([api.get('/readyz'), api.get('/readyz'), api.get('/readyz')]);
      assert.ok(performance.now() - began < 1_500);
      assert.ok(replies.every(({ status }) => status === 503));
      assert.equal(replies[0].json.detail, 'The database gave no answer within 800 ms.');
      assert.equal(asked, 1);
    } finally {
      await api.stop();
    }
  });
});
