import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { resolveTemporalCli } from '../../src/stack/temporal-binary.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('The Temporal CLI', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let notes: string[];
  beforeEach(async () => {
    folder = await temporaryFolder();
    notes = [];
  });
  afterEach(() => folder.remove());

  for (const version of ['1.9.0', '1.10.3', '2.0.0']) {
    it(`is the one on PATH when that is ${version}`, async () => {
      const file = await fakeCli(`temporal version ${version} (Server 1.32.0, UI 2.54.1)`);
      assert.equal(await resolve(undefined), file);
    });
  }

  for (const [output, description] of [
    ['temporal version 1.8.2 (Server 1.31.0, UI 2.50.0)', 'version 1.8.2'],
    ['temporal version 0.13.0', 'version 0.13.0'],
    ['hello', 'not a Temporal CLI'],
  ]) {
    it(`is not the one on PATH when that is ${description}, and a line says so`, async () => {
      const file = await fakeCli(output ?? '');
      await assert.rejects(resolve(undefined), { name: 'AbortError' }, 'it goes on to the download');
      assert.deepEqual(notes, [`Not using ${file}: it is ${description}.`]);
    });
  }

  it('is the one EARMARK_TEMPORAL_CLI names, before any other', async () => {
    const file = await fakeCli('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)', 'my-temporal');
    await fakeCli('temporal version 1.12.0');
    assert.equal(await resolve(file), file);
  });

  it('named by EARMARK_TEMPORAL_CLI must be there and recent enough', async () => {
    const missing = path.join(folder.path, 'missing');
    await assert.rejects(resolve(missing), {
      message: `EARMARK_TEMPORAL_CLI (${missing}) is not a Temporal CLI that runs here. Correct it or unset it.`,
    });
    const old = await fakeCli('temporal version 1.2.0');
    await assert.rejects(resolve(old), {
      message: 'EARMARK_TEMPORAL_CLI is Temporal CLI 1.2.0. Use 1.9.1 or a later one, or unset it.',
    });
  });

  /** With only the temporary folder on PATH, an empty cache, and downloads refused. */
  function resolve(explicit: string | undefined): Promise<string> {
    return resolveTemporalCli(explicit, {
      cacheDir: path.join(folder.path, 'cache'),
      env: { PATH: folder.path },
      signal: AbortSignal.abort(),
      reporter: { note: (line) => notes.push(line), progress: () => undefined },
    });
  }

  async function fakeCli(output: string, name = 'temporal'): Promise<string> {
    const file = path.join(folder.path, name);
    await writeFile(file, `#!/bin/sh\necho '${output}'\n`);
    await chmod(file, 0o755);
    return file;
  }
});
