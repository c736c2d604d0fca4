import { judges } from '../support/lint-examples.ts';

describe('Lint of transactions held by hand', () => {
  judges('no-hand-held-transaction', {
    refuses: {
      'a transaction without work': 'const trx = await db.transaction();',
      'a transaction that only has settings': `const trx = await db.transaction({ isolationLevel: 'serializable' });`,
      'settings that a constant holds':
        'const settings = { readOnly: true };\nconst trx = await db.transaction(settings);',
      'undefined in place of work': 'const trx = await db.transaction(undefined, { readOnly: true });',
      'an optional call': 'const trx = await db?.transaction();',
      'a call by a name in brackets': `const trx = await db['transaction']();`,
      'work that nobody waits for': 'await db.transaction((trx) => {\n  void work(trx);\n});',
      'work declared elsewhere that nobody waits for':
        'const work = (trx: Transaction) => {\n  void write(trx);\n};\nawait db.transaction(work);',
      'a provider of transactions': 'const provide = db.transactionProvider();',
      'a provider taken out of the pool': 'const { transactionProvider } = db;',
      'a commit by hand': 'await trx.commit();',
      'a rollback by hand, whatever the transaction is called': 'await attempt.rollback(new Error());',
      'a commit passed on': 'work().then(trx.commit);',
      'a commit taken out of the transaction': 'const { commit } = trx;',
      'BEGIN as SQL': `await db.raw('BEGIN');`,
      'COMMIT as SQL': 'await db.raw(`\n  commit`);',
      'a savepoint as SQL': `await trx.raw('SAVEPOINT before');`,
    },
    allows: {
      'awaited work': 'await db.transaction(async (trx) => {\n  await write(trx);\n});',
      'work that gives back a promise': 'await db.transaction((trx) => write(trx));',
      'work that returns a promise': 'await db.transaction((trx) => {\n  const all = writes(trx);\n  return all;\n});',
      'work with settings': 'await db.transaction(async (trx) => write(trx), { readOnly: true });',
      'work that is passed in': 'const run = (work: Work) => db.transaction(work);',
      'a function of that name': 'const { total } = await transaction();',
      'the migrator going back': 'await db.migrate.rollback();',
      'SQL that only mentions them': `await db.raw("SELECT 'x' AS commit");`,
    },
  });
});

describe('Lint of caught SQL errors', () => {
  const inTransaction = (body: string) => `await db.transaction(async (trx) => {\n${body}\n});`;
  judges('no-caught-sql-error', {
    refuses: {
      'a catch in the work of a transaction': inTransaction('try { await write(trx); } catch { return null; }'),
      'a catch around a loop over rows': inTransaction(
        'try { for await (const row of rows(trx)) use(row); } catch (error) { log(error); }',
      ),
      'a catch in a function that is given a transaction':
        'async function f(trx: Knex.Transaction) { try { await write(trx); } catch (error) { log(error); } }',
      'a catch where the transaction has another name':
        'const f = async (work: Transaction) => { try { await write(work); } catch (error) { log(error); } };',
      'a catch in a function inside such a function':
        'function f(trx) { return async () => { try { await write(trx); } catch (error) { log(error); } }; }',
      'a catch that passes on some errors by another rule': inTransaction(
        `try { await write(trx); } catch (error) { if (error.code !== '23505') throw error; return null; }`,
      ),
      'a catch that passes on what is a DomainError, and nothing else': inTransaction(
        'try { await write(trx); } catch (error) { if (error instanceof DomainError) throw error; }',
      ),
      'a catch that looks at another variable': inTransaction(
        'try { await write(trx); } catch (error) { if (!(other instanceof DomainError)) throw error; }',
      ),
      'a catch that throws only after something else': inTransaction(
        'try { await write(trx); } catch (error) { if (seen) return; throw error; }',
      ),
      'a catch on a promise': inTransaction('await write(trx).catch(() => undefined);'),
      'a catch on a promise, declared elsewhere': inTransaction(
        'const ignore = () => undefined;\nawait write(trx).catch(ignore);',
      ),
      'a catch that it cannot look into': inTransaction('await write(trx).catch(ignore);'),
      'the second function of then': inTransaction('await write(trx).then(keep, () => null);'),
      'waiting for all whatever happens': inTransaction('await Promise.allSettled([write(trx), write(trx)]);'),
    },
    allows: {
      'a catch around the transaction': `try { ${inTransaction('await write(trx);')} } catch { retry(); }`,
      'a catch on the transaction': 'await db.transaction(async (trx) => write(trx)).catch(() => undefined);',
      'a catch that first passes on all but refusals': inTransaction(
        'try { return await place(trx); } catch (error) {\n  if (!(error instanceof DomainError)) throw error;\n  await insertRefusal(trx, error);\n}',
      ),
      'a catch that throws whatever happened': inTransaction(
        'try { await write(trx); } catch (error) { throw new Error("no", { cause: error }); }',
      ),
      'a catch on a promise that throws': inTransaction('await write(trx).catch((error) => { throw named(error); });'),
      'a catch around what is not awaited': inTransaction('try { JSON.parse(text); } catch { return null; }'),
      'clearing up': inTransaction('try { await write(trx); } finally { done(); }'),
      'a then without a second function': inTransaction('await write(trx).then(keep);'),
      'a catch where there is no transaction':
        'async function f(db: Knex) { try { await db("orders"); } catch { return null; } }',
    },
  });
});

describe('Lint of SQL that is put together', () => {
  judges('no-template-in-raw', {
    refuses: {
      'a template with a value': 'await db.raw(`SELECT ${column}`);',
      'a template in the raw parts of a query': "void query.whereRaw(`status = '${status}'`);",
      'a template in an order': 'void query.orderByRaw(`${column} DESC`);',
      'a template in a join': 'void query.joinRaw(`JOIN ${table} USING (id)`);',
      concatenation: `await db.raw('SELECT ' + column);`,
      'a text from a constant': 'const sql = `SELECT ${column}`;\nawait db.raw(sql);',
      'one branch of a choice': `await db.raw(all ? 'SELECT 1' : \`SELECT \${column}\`);`,
      'a default': `await db.raw(sql ?? 'SELECT ' + column);`,
      'a text that a call makes': `await db.raw(['SELECT', column].join(' '));`,
      'a tagged template': 'await db.raw(sql`SELECT ${column}`);',
      'a text that is asserted': 'await db.raw(`SELECT ${column}` as string);',
      'a call that may not happen': 'await trx?.raw(`SELECT ${column}`);',
    },
    allows: {
      'a literal with bindings': `await db.raw('SELECT ?? FROM orders WHERE id = ?', [column, id]);`,
      'a template over several lines': 'await db.raw(`\n  SELECT 1\n    FROM orders`);',
      'literals over several lines': `await db.raw('SELECT 1 ' + 'FROM orders');`,
      'a choice between whole texts': `void query.whereRaw(up ? '(??) > (??)' : '(??) < (??)', [left, right]);`,
      'a constant text': `const sql = 'SELECT 1';\nawait db.raw(sql);`,
      'a text that is passed in': 'const run = (sql: string) => db.raw(sql);',
      'a template as a value that is bound': `await db.raw('SELECT ?', [\`%\${text}%\`]);`,
      'a method of another name': 'refuseRawly(`a ${b}`); log.info(`a ${b}`);',
    },
  });
});
