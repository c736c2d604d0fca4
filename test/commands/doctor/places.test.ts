import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { examine } from '../../../src/commands/doctor.ts';
import { loadConfig } from '../../../src/config.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('What earmark doctor says of a stack.json that is damaged', () => {
  it('names the folder and what to do, and quotes none of it: there are passwords in it', async () => {
    const folder = await temporaryFolder();
    try {
      await writeFile(path.join(folder.path, 'stack.json'), '{"databaseUrl": secret@127.0.0.1');
      const found = await examine(loadConfig({ EARMARK_DATA_DIR: folder.path }));
      const stack = found.find(({ check }) => check === 'Stack');
      assert.equal(stack?.health, 'problem');
      assert.match(stack?.detail ?? '', /stack\.json in .* cannot be read \(it is no JSON\)\. Stop the stack/);
      assert.doesNotMatch(JSON.stringify(found), /secr/);
    } finally {
      await folder.remove();
    }
  });
});
