import assert from 'node:assert/strict';
import { addMigrateCommand } from '../../src/commands/migrate.ts';
import { runCli, type CliRun } from '../support/cli.ts';
import { parseCommand } from '../support/command.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { devServer } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('earmark migrate', function () {
  // Each is a process of its own.
  this.timeout(90_000);
  let database: FreshDatabase;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const as = (user: string) => {
    const url = new URL(database.url);
    url.username = user;
    return url.href;
  };
  /** Runs a command with these variables, and no other that tells of servers. */
  const run = (args: readonly string[], env: Record<string, string>): Promise<CliRun> => {
    const none = { DATABASE_URL: '', EARMARK_API_DATABASE_URL: '', EARMARK_WORKER_DATABASE_URL: '' };
    return runCli(args, { ...none, TEMPORAL_ADDRESS: '', EARMARK_DATA_DIR: folder.path, ...env });
  };

  before(async () => {
    [database, folder] = await Promise.all([freshDatabase(), temporaryFolder()]);
  });
  after(async () => {
    await database.drop();
    await folder.remove();
  });

  it('tells what --roles does', async () => {
    const { output } = await parseCommand(addMigrateCommand, 'migrate', '--help');
    assert.match(output, /--roles/);
    assert.match(output, /EARMARK_API_DATABASE_URL/);
    assert.match(output, /PUBLIC\s+loses\s+its\s+rights/);
  });

  it('refuses --roles without the URLs of the roles, before it touches anything', async () => {
    await database.db.raw('DELETE FROM knex_migrations WHERE name = ?', ['0006-credentials']);
    const { exitCode, stdout, stderr } = await run(['migrate', '--roles'], { DATABASE_URL: database.url });
    await database.db('knex_migrations').insert({ name: '0006-credentials', batch: 1, migration_time: new Date() });
    assert.deepEqual([exitCode, stdout], [1, []]);
    assert.deepEqual(stderr, [
      'earmark: Set EARMARK_API_DATABASE_URL: the role that it names is made, with its password.',
    ]);
  });

  it('needs DATABASE_URL, and says so', async () => {
    const { exitCode, stderr } = await run(['migrate'], { EARMARK_API_DATABASE_URL: as('migrated_api') });
    assert.equal(exitCode, 1);
    assert.match(stderr[0] ?? '', /^earmark: No stack is running here\. Run earmark start, or set DATABASE_URL/);
  });

  it('--roles makes the roles that the URLs name; before, whoever uses them is told to run it', async () => {
    const urls = { EARMARK_API_DATABASE_URL: as('migrated_api'), EARMARK_WORKER_DATABASE_URL: as('migrated_worker') };
    await database.db.raw('CREATE ROLE migrated_api LOGIN');
    const temporal = { TEMPORAL_ADDRESS: (await devServer()).address };
    const early = await run(['api'], { ...urls, ...temporal, PORT: '0', EARMARK_AUTH: 'open' });
    assert.equal(early.exitCode, 1);
    assert.match(
      early.stderr.at(-1) ?? '',
      /^earmark: The database role migrated_api lacks \w+ of [\w.]+ and \d+ more\. Run earmark migrate --roles\.$/,
    );

    const { exitCode, stdout, stderr } = await run(['migrate', '--roles'], { DATABASE_URL: database.url, ...urls });
    assert.deepEqual([exitCode, stderr], [0, []]);
    assert.deepEqual(stdout, [
      'The schema is up to date.',
      'The roles migrated_api and migrated_worker are up to date.',
    ]);
  });

  it('--roles says which roles it left as they were, since somebody else looks after them', async () => {
    await database.db.raw('CREATE ROLE migrated_keeper LOGIN; GRANT earmark TO migrated_keeper');
    const env = {
      DATABASE_URL: as('migrated_keeper'),
      EARMARK_API_DATABASE_URL: as('migrated_api'),
      EARMARK_WORKER_DATABASE_URL: as('migrated_worker'),
    };
    const { exitCode, stdout, stderr } = await run(['migrate', '--roles'], env);
    assert.deepEqual([exitCode, stderr], [0, []]);
    assert.deepEqual(stdout, [
      'The schema is up to date.',
      ...['migrated_api', 'migrated_worker'].map(
        (user) =>
          `Somebody else looks after the role ${user}: its password, and whether it may log in, were left as they are.`,
      ),
      'The roles migrated_api and migrated_worker are up to date.',
    ]);
  });

  it('does not send whoever is not the owner to itself', async () => {
    await database.db.raw('CREATE ROLE migrated_guest LOGIN CREATEROLE');
    const env = {
      DATABASE_URL: as('migrated_guest'),
      EARMARK_API_DATABASE_URL: as('migrated_x'),
      EARMARK_WORKER_DATABASE_URL: as('migrated_y'),
    };
    const { exitCode, stderr } = await run(['migrate', '--roles'], env);
    assert.equal(exitCode, 1);
    assert.match(
      stderr.join('\n'),
      /^earmark: permission denied .*\. DATABASE_URL must name the user who owns the tables\.$/,
    );
  });

  it('leaves commands with what their role needs alone, without DATABASE_URL', async () => {
    const api = { EARMARK_API_DATABASE_URL: as('migrated_api') };
    const worker = { EARMARK_WORKER_DATABASE_URL: as('migrated_worker') };
    const keys = ['keys', 'create', '--role', 'admin', '--name', 'anna'];
    assert.equal((await run(keys, api)).exitCode, 0);
    const verified = await run(['verify'], worker);
    assert.equal(verified.exitCode, 0, verified.stderr.join('\n'));
    const temporal = { TEMPORAL_ADDRESS: (await devServer()).address };
    for (const command of ['clean-expired', 'reconcile']) {
      const { exitCode, stderr } = await run([command], { ...worker, ...temporal });
      assert.deepEqual([exitCode, stderr], [0, []], command);
    }
    const wrong = await run(keys, { EARMARK_API_DATABASE_URL: as('migrated_worker') });
    assert.deepEqual(wrong.stderr, [
      'earmark: permission denied for table api_keys. Run earmark migrate --roles, or correct the database URL of this command.',
    ]);
  });
});
