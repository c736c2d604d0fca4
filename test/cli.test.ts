import assert from 'node:assert/strict';
import { execSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stateOfBuild } from '../scripts/build-state.js';
import { runCli } from './support/cli.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('The command earmark', () => {
  it('lists its commands with --help', async () => {
    const { exitCode, stdout } = await runCli(['--help']);
    assert.equal(exitCode, 0);
    for (const name of ['start', 'api', 'worker', 'migrate', 'clean-expired', 'verify', 'reconcile', 'chaos']) {
      assert.match(stdout.join('\n'), new RegExp(`^  ${name}\\b.* {2}\\w`, 'm'));
    }
  });

  it('explains each command with --help', async () => {
    const { exitCode, stdout } = await runCli(['start', '--help']);
    assert.equal(exitCode, 0);
    assert.match(stdout.join(' '), /EARMARK_DATA_DIR/);
  });

  it('answers an unknown command with one line that names the nearest', async () => {
    const { exitCode, stderr } = await runCli(['strat']);
    assert.equal(exitCode, 1);
    assert.deepEqual(stderr, ["earmark: unknown command 'strat' (Did you mean start?) See earmark --help."]);
  });

  it('answers an unknown option with one line', async () => {
    const { exitCode, stderr } = await runCli(['migrate', '--fast']);
    assert.equal(exitCode, 1);
    assert.deepEqual(stderr, ["earmark: unknown option '--fast'. See earmark --help."]);
  });

  it('answers a bad environment with one line for each variable', async () => {
    const { exitCode, stderr } = await runCli(['api'], { PORT: 'http', EARMARK_HOLD_SECONDS: '0' });
    assert.equal(exitCode, 1);
    assert.deepEqual(stderr, [
      'earmark: PORT must be a whole number from 0 to 65535, but it is "http".',
      'EARMARK_HOLD_SECONDS must be a whole number from 1 to 86400, but it is "0".',
    ]);
  });

  it('says in one line which server cannot be reached', async () => {
    const folder = await temporaryFolder();
    const nowhere = {
      EARMARK_DATA_DIR: folder.path,
      DATABASE_URL: 'postgres://127.0.0.1:9/x',
      TEMPORAL_ADDRESS: '127.0.0.1:9',
    };
    try {
      const migrate = await runCli(['migrate'], nowhere);
      assert.equal(migrate.exitCode, 1);
      assert.deepEqual(migrate.stderr, [
        'earmark: Postgres cannot be reached (connect ECONNREFUSED 127.0.0.1:9). Check DATABASE_URL, or run earmark start.',
      ]);
      const worker = await runCli(['worker'], nowhere);
      assert.equal(worker.exitCode, 1);
      assert.equal(worker.stderr.length, 1);
      assert.match(worker.stderr[0] ?? '', /^earmark: Temporal cannot be reached .*TEMPORAL_ADDRESS/);
    } finally {
      await folder.remove();
    }
  });

  it('is not built anew by npx, under whoever runs it, when it is newer than what it is built from', async () => {
    assert.equal(stateOfBuild(), 'fresh', 'Run npm run build before this test.');
    const built = path.join(root, 'dist', 'src', 'cli.js');
    const before = statSync(built).mtimeMs;
    const { prepare } = (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Package).scripts;
    execSync(prepare, { cwd: root });
    assert.equal(statSync(built).mtimeMs, before, 'dist/ was made anew');
  });
});

interface Package {
  readonly scripts: { readonly prepare: string };
}
