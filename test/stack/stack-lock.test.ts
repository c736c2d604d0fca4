import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Contender {
  readonly pid: number | undefined;
  readonly answer: Promise<string>;
  end(): Promise<void>;
}

describe('The lock of a data folder', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const contenders: Contender[] = [];
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    await Promise.all(contenders.splice(0).map((contender) => contender.end()));
    await folder.remove();
  });

  it('is won by exactly one of several starts at once, and the others are told what to do', async () => {
    for (let count = 0; count < 4; count++) contend();
    const first = await Promise.all(contenders.map((contender) => contender.answer));
    const winners = contenders.filter((_, index) => first[index] === 'locked');
    assert.equal(winners.length, 1);
    for (const answer of first.filter((text) => text !== 'locked')) {
      assert.equal(
        answer,
        `A stack is already running in ${folder.path} (process ${winners[0]?.pid}). ` +
          'Stop it, or set EARMARK_DATA_DIR to another folder.',
      );
    }
    await Promise.all(contenders.map((contender) => contender.end()));
    assert.equal(await contend().answer, 'locked', 'the lock of a killed stack does not count');
  });

  it('of a killed stack does not count, even when another program has its pid now', async () => {
    await mkdir(path.join(folder.path, 'lock'));
    const stale = JSON.stringify({ pid: process.pid, started: 'long ago' });
    await writeFile(path.join(folder.path, 'lock', `${process.pid}.json`), stale);
    assert.equal(await contend().answer, 'locked');
    assert.equal(
      (await readdir(path.join(folder.path, 'lock'))).includes(`${process.pid}.json`),
      false,
      'it is swept away',
    );
  });

  function contend(): Contender {
    const contender = startContender(folder.path);
    contenders.push(contender);
    return contender;
  }
});

/** A process that wants the lock; it answers "locked" or the message of its error, and keeps the lock until ended. */
function startContender(dataDir: string): Contender {
  const module = new URL('../../src/stack/stack-lock.ts', import.meta.url).href;
  const script = `
    import { lockDataDir } from ${JSON.stringify(module)};
    try { await lockDataDir(${JSON.stringify(dataDir)}); console.log('locked'); setInterval(() => undefined, 1000); }
    catch (error) { console.log(error.message); }`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  return {
    pid: child.pid,
    answer: once(child.stdout, 'data').then(([chunk]) => String(chunk).trim()),
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
