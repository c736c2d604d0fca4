import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

/** A path of this repository as documents write it. */
const named = /`((?:src|test|docs|lint|migrations|bin)\/[\w./-]*)`/g;

const inDocs = (folder: string) =>
  readdirSync(fileURLToPath(new URL(folder, root)))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}${name}`);
const documents = ['README.md', 'CONTRIBUTING.md', ...inDocs('docs/'), ...inDocs('docs/decisions/')];

describe('A document', () => {
  for (const document of documents) {
    it(`names only files that are there: ${document}`, () => {
      const text = readFileSync(new URL(document, root), 'utf8');
      const paths = Array.from(text.matchAll(named), ([, path = '']) => path);
      assert.deepEqual(
        paths.filter((path) => !existsSync(new URL(path, root))),
        [],
      );
    });
  }

  it('says of every risk and of every threat which test tries it', () => {
    const text = readFileSync(new URL('docs/security.md', root), 'utf8');
    const [, threats = '', risks = ''] = /^## Threat model$(.*?)^## OWASP.*?$(.*?)^## /ms.exec(text) ?? [];
    const rowsOf = (table: string) => table.split('\n').filter((line) => /^\|(?! -| who +\|| risk +\|)/.test(line));
    assert.equal(rowsOf(risks).length, 10);
    assert.ok(rowsOf(threats).length > 10);
    for (const row of [...rowsOf(threats), ...rowsOf(risks)])
      assert.match(row.split('|').at(-2) ?? '', /`(?:test\/|npm run test)/);
  });
});
