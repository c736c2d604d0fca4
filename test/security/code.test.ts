import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lintProject } from '../support/lint.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { codeRules, lintRules } from './code-rules.ts';

/** What runs where Earmark runs or is built. */
const folders = ['src', 'bin', 'scripts', 'migrations'] as const;

const root = new URL('../../', import.meta.url);

interface LintConfig {
  readonly rules: Readonly<Record<string, unknown>>;
  readonly overrides: readonly {
    readonly files: readonly string[];
    readonly rules: Readonly<Record<string, unknown>>;
  }[];
}

/** The findings of all rules in a text, by the line. */
function findingsIn(source: string, text: string): readonly string[] {
  return codeRules.flatMap(({ name, pattern, instead }) =>
    [...text.matchAll(pattern)].map(
      ({ index }) => `${source}:${text.slice(0, index).split('\n').length} ${name}. ${instead}`,
    ),
  );
}

function sources(): readonly { readonly source: string; readonly text: string }[] {
  return folders.flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.[jt]s$/.test(file))
      .map((file) => `${folder}/${file}`)
      .map((source) => ({ source, text: readFileSync(new URL(source, root), 'utf8') })),
  );
}

describe('The code', function () {
  // The linter reads all of it.
  this.timeout(60_000);

  it('has nothing that the rules of security forbid', () => {
    const texts = sources();
    assert.ok(texts.length > 200);
    assert.deepEqual(
      texts.flatMap(({ source, text }) => findingsIn(source, text)),
      [],
    );
  });

  it('has nothing that the linter refuses for security', async () => {
    const reported = await lintProject(folders);
    assert.deepEqual(
      reported.filter(({ rule }) => lintRules.includes(rule)).map(({ rule, place }) => `${place} ${rule}`),
      [],
    );
  });

  it('is refused by the linter for each of them that it has of its own', async () => {
    const planted = {
      'eslint/no-eval': 'eval(text);',
      'eslint/no-new-func': 'export const run = new Function(text);',
      'eslint/no-script-url': "export const link = 'javascript:run()';",
      'node/no-process-env': 'export const home = process.env.HOME;',
    };
    const own = lintRules.filter((rule) => !rule.startsWith('earmark/'));
    assert.deepEqual(Object.keys(planted), own);
    const folder = await temporaryFolder();
    try {
      for (const [index, rule] of own.entries()) {
        await writeFile(path.join(folder.path, `${index}.ts`), planted[rule as keyof typeof planted]);
      }
      const reported = await lintProject([folder.path]);
      for (const [index, rule] of own.entries()) {
        assert.ok(
          reported.some((each) => each.rule === rule && each.place.endsWith(`${index}.ts:1`)),
          rule,
        );
      }
    } finally {
      await folder.remove();
    }
  });

  it('is linted with every rule of security, in each of these folders', () => {
    const { rules, overrides } = JSON.parse(readFileSync(new URL('.oxlintrc.json', root), 'utf8')) as LintConfig;
    for (const rule of lintRules) assert.equal(rules[rule], 'error', rule);
    const exceptions = overrides.flatMap(({ files, rules: changed }) =>
      Object.keys(changed)
        .filter((rule) => lintRules.includes(rule) && changed[rule] !== 'error')
        .flatMap((rule) =>
          files.filter((file) => folders.some((each) => file.startsWith(each))).map((file) => `${file} ${rule}`),
        ),
    );
    // Only settings may be read from the environment, and only there; what starts or builds the project hands it on.
    assert.deepEqual(exceptions, [
      'src/config.ts node/no-process-env',
      'scripts/** node/no-process-env',
      'bin/** node/no-process-env',
    ]);
  });

  for (const { name, bad, good } of codeRules) {
    it(`is refused by the rule ${name}, with the line`, () => {
      for (const text of bad) {
        const found = findingsIn('a.ts', `\n${text}\n`);
        assert.ok(
          found.some((finding) => finding.startsWith(`a.ts:2 ${name}.`)),
          text,
        );
      }
      for (const text of good) {
        assert.ok(!findingsIn('a.ts', text).some((finding) => finding.includes(` ${name}.`)), text);
      }
    });
  }
});
