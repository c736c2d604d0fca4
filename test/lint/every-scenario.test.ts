import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

describe('The scenarios of faults', () => {
  it('are all in the list that npm test goes by', () => {
    const folder = new URL('../faults/', import.meta.url);
    const there = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
    const listed = readFileSync(new URL('every-scenario.ts', folder), 'utf8').matchAll(/^import '\.\/(.+)';$/gm);
    assert.deepEqual(
      Array.from(listed, ([, name]) => name),
      there.toSorted(),
    );
  });
});
