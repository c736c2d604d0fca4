import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { startApi, type TestApi } from '../support/api.ts';
import { runCli } from '../support/cli.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { commandsOf, missingLines, runSnippets, snippetsOf, type SnippetRun } from '../support/snippets.ts';
import { devServer } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const documents = ['README.md', 'docs/api.md', 'docs/security.md'].map((name) => {
  const text = readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
  return { name, text, snippets: snippetsOf(text), commands: commandsOf(text) };
});

/** What cannot run inside a test, and what runs it instead. */
const runElsewhere: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'test/end-to-end/start.test.ts starts the whole stack; .ci/run installs',
  'npm start': 'test/end-to-end/start.test.ts starts the whole stack',
  'npm cit': '.ci/run begins with it, and this test is part of it',
  'npm run test:contract': '.ci/run runs it, next to the tests',
  'npm test -- --grep chaos': 'would run this test run within itself; test/commands/chaos.test.ts is what it selects',
  'npx earmark keys': 'has commands of its own; test/commands/keys.test.ts',
  'npx earmark seed': 'places two thousand orders; test/commands/seed.test.ts places fewer',
  'npx earmark demo': 'runs until it is stopped; test/commands/demo.test.ts',
  'npx earmark doctor': 'judges this machine and not the documents; test/commands/doctor.test.ts',
  'npx earmark start': 'test/end-to-end/start.test.ts',
  'npx earmark api': 'runs until it is stopped; test/server.test.ts',
  'npx earmark worker': 'runs until it is stopped; test/end-to-end/start.test.ts, whose stack starts one',
};

/** Commands that documents name in running text, with a line that each must print. */
const runHere: Readonly<Record<string, string>> = {
  'npx earmark migrate': 'The schema is up to date.',
  'npx earmark clean-expired': 'Nothing to clean: no hold and no wait is overdue by more than 60 s.',
  'npx earmark verify': 'Checked 0 orders, 0 reservations, 0 stock levels: nothing to report.',
  'npx earmark reconcile': 'Checked 0 orders, 0 reservations, 0 stock levels: nothing to report.',
  'npx earmark chaos': 'Failed: 45',
};

describe('What the documents tell a reader to type', function () {
  // Bash, curl and node start many times; on a busy machine that takes its time.
  this.timeout(90_000);
  let database: FreshDatabase;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let api: TestApi;
  let env: Record<string, string>;

  before(async () => {
    [database, folder] = await Promise.all([freshDatabase(), temporaryFolder()]);
    const temporalUi = { url: 'http://127.0.0.1:8233', namespace: 'default' };
    api = await startApi({
      db: database.db,
      keeps: 'by notices',
      config: { currency: 'USD', holdSeconds: 600, holdMaxFactor: 3, temporalUi },
    });
    await api.startWorker();
    env = {
      EARMARK_HOST: '127.0.0.1',
      PORT: new URL(api.url).port,
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: (await devServer()).address,
      EARMARK_DATA_DIR: folder.path,
    };
  });
  after(async () => {
    await api.stop();
    await Promise.all([database.drop(), folder.remove()]);
  });

  it('is run by this test, or by another one that is named here', () => {
    const known = [...Object.keys(runElsewhere), ...Object.keys(runHere)];
    const typed = documents.flatMap(({ commands, snippets }) => [...commands, ...snippets.map(({ code }) => code)]);
    const commands = documents.flatMap((document) => document.commands);
    assert.deepEqual(
      commands.filter((command) => !known.includes(command)),
      [],
    );
    assert.deepEqual(
      known.filter((command) => !typed.includes(command)),
      [],
      'no document says this any more',
    );
  });

  for (const { name, text, snippets } of documents) {
    const typed = snippets.filter(({ code }) => !Object.hasOwn(runElsewhere, code));

    describe(`in ${name}`, () => {
      let runs: readonly SnippetRun[];
      let problems: Set<unknown>;

      before(async () => {
        const before = api.lines.length;
        runs = await runSnippets(typed, env);
        problems = new Set(api.lines.slice(before).map(({ code }) => code));
        problems.delete(undefined);
      });

      it('stands in blocks that this test finds, and so do the answers', () => {
        const shells = text.match(/^\s*(?:```|~~~)\s*(?:bash|sh|shell|zsh|console|terminal)\b/gim) ?? [];
        assert.equal(snippets.length, shells.length);
        const answers = text.match(/^```\w*\n(?:\{|HTTP\/|id,)/gm) ?? [];
        assert.equal(snippets.filter(({ expected }) => expected.length > 0).length, answers.length);
      });

      for (const [index, { line }] of typed.entries()) {
        it(`works at line ${line}, and answers what stands beside it`, function () {
          const { snippet, outcome, output, complaint } = runs[index] as SnippetRun;
          if (outcome === 'skipped') this.skip();
          assert.equal(outcome, 'done', `${output}\n${complaint}`);
          assert.deepEqual(missingLines(snippet.expected, output), [], output);
        });
      }

      it('is refused only where the document shows the refusal', () => {
        const shown = typed.flatMap(({ expected }) => expected).join('\n');
        assert.deepEqual(
          Array.from(problems).filter((code) => !shown.includes(`"code":"${String(code)}"`)),
          [],
        );
      });
    });
  }

  for (const [command, line] of Object.entries(runHere)) {
    it(`does what it says: ${command}`, async () => {
      const { exitCode, stdout, stderr } = await runCli(command.split(' ').slice(2), env);
      assert.equal(exitCode, 0, stderr.join('\n'));
      assert.ok(stdout.includes(line), stdout.join('\n'));
    });
  }

  it('has --help, each command of it', async () => {
    const commands = [...Object.keys(runHere), ...Object.keys(runElsewhere)].filter((one) => one.startsWith('npx'));
    // One after the other: a dozen processes that start at once keep each other waiting.
    for (const command of commands) {
      const [, , name = ''] = command.split(' ');
      const { exitCode, stdout } = await runCli([name, '--help'], env);
      assert.equal(exitCode, 0, command);
      assert.match(stdout[0] ?? '', new RegExp(`^Usage: earmark ${name} `));
    }
  });
});
