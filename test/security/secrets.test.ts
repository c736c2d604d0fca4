import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { knownSamples, secretFiles, secretRules, type KnownSample, type SecretRule } from './secret-rules.ts';

interface Text {
  /** A file, or a commit and a file. */
  readonly source: string;
  readonly text: string;
}

interface Finding {
  readonly place: string;
  readonly rule: string;
  readonly secret: string;
}

/** What looks like a secret in a text. */
function findingsIn({ source, text }: Text): readonly Finding[] {
  return secretRules.flatMap((rule) =>
    [...text.matchAll(rule.pattern)]
      .map((match) => ({ secret: match[1] ?? match[0], index: match.index }))
      .filter(({ secret }) => entropyOf(secret) >= (rule.entropy ?? 0))
      .map(({ secret, index }) => ({ place: `${source}:${lineAt(text, index)}`, rule: rule.name, secret })),
  );
}

/** Bits per character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function isKnown({ rule, secret }: Finding, samples: readonly KnownSample[]): boolean {
  return samples.some((sample) => sample.rule === rule && sample.text.test(secret));
}

/** One line for each, without the secret: a log is no place for it either. */
function report(texts: readonly Text[], samples: readonly KnownSample[] = knownSamples): readonly string[] {
  const unknown = texts.flatMap(findingsIn).filter((finding) => !isKnown(finding, samples));
  return [...new Set(unknown.map(({ place, rule, secret }) => `${place} ${rule} (${secret.slice(0, 4)}…)`))];
}

const root = fileURLToPath(new URL('../../', import.meta.url));

function git(...args: readonly string[]): string {
  return execFileSync('git', ['-C', root, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** The files that git tracks; where there is no git, those that are not left out of it by their folder's name. */
function projectFiles(): readonly string[] {
  try {
    return git('ls-files', '-z').split('\0').filter(Boolean);
  } catch {
    return filesBelow('');
  }
}

function filesBelow(folder: string): readonly string[] {
  const leftOut = new Set(['node_modules', 'dist', '.git', '.earmark', 'coverage', 'reports', '.stryker-tmp', '.env']);
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !leftOut.has(name))
    .flatMap((entry) => {
      const file = path.posix.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(file) : [file];
    });
}

function textsOf(files: readonly string[]): readonly Text[] {
  return files
    .filter((file) => lstatSync(path.join(root, file), { throwIfNoEntry: false })?.isFile() === true)
    .map((source) => ({ source, text: readFileSync(path.join(root, source), 'utf8') }));
}

/** The messages of all commits on the way to HEAD, and the lines that each added; nothing where there is no git. */
function history(): readonly Text[] {
  let log: string;
  try {
    log = git(
      'log',
      '--patch',
      '--diff-merges=first-parent',
      '--unified=0',
      '--no-color',
      '--no-ext-diff',
      '--no-textconv',
      '--text',
      '--format=%x00commit %h%n%B',
    );
  } catch {
    return [];
  }
  return log.split('\0commit ').filter(Boolean).flatMap(textsOfCommit);
}

/** The message, and for each file the added lines in their places: the lines in between are empty. */
function textsOfCommit(entry: string): readonly Text[] {
  const [head = '', ...files] = entry.split(/^diff --git /m);
  const [commit = '', ...message] = head.split('\n');
  return [
    { source: `${commit} message`, text: message.join('\n') },
    ...files.map((file) => ({
      source: `${commit} ${/^\+\+\+ b\/(.*)$/m.exec(file)?.[1] ?? ''}`,
      text: addedLines(file),
    })),
  ];
}

function addedLines(file: string): string {
  const hunks = file.split(/^@@ [^+\n]*\+(\d+)[^\n]*\n/m).slice(1);
  let text = '';
  let line = 1;
  for (let index = 0; index < hunks.length; index += 2) {
    const added = (hunks[index + 1] ?? '').split('\n').filter((each) => each.startsWith('+'));
    const first = Math.max(Number(hunks[index]), line);
    text += `${'\n'.repeat(first - line)}${added.map((each) => `${each.slice(1)}\n`).join('')}`;
    line = first + added.length;
  }
  return text;
}

describe('Secrets in the repository', function () {
  // All of the history is read.
  this.timeout(60_000);

  it('are in no file', () => {
    const texts = textsOf(projectFiles());
    assert.ok(texts.length > 300);
    assert.deepEqual(report(texts), []);
  });

  it('are in no commit, nor in its message', function () {
    const texts = history();
    if (texts.length === 0) this.skip();
    assert.deepEqual(report(texts), []);
  });

  it('have no file of their own', () => {
    assert.deepEqual(
      projectFiles().filter((file) => secretFiles.test(file)),
      [],
    );
    for (const file of ['.env', 'deploy/.env.production', 'tls/server.key', 'a/b.pem', '.ssh/id_ed25519', '.pgpass']) {
      assert.match(file, secretFiles);
    }
    for (const file of ['.env.example', 'src/api/routes/keys.ts', 'monkey', 'src/key.ts']) {
      assert.doesNotMatch(file, secretFiles);
    }
  });

  for (const { name, sample } of secretRules) {
    it(`are found by the rule ${name}, with their line`, () => {
      const found = findingsIn({ source: 'a.ts', text: `one\ntwo\n${sample}\n` });
      assert.ok(
        found.some(({ rule, place }) => rule === name && place === 'a.ts:3'),
        sample,
      );
    });
  }

  it('are found in what a commit added, where it added it', () => {
    const { sample } = secretRules.find(({ name }) => name === 'github-token') as SecretRule;
    const diff = `diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -3 +4,2 @@ x\n-${sample}\n+one\n+${sample}\n@@ -9,0 +20 @@\n+two\n`;
    assert.deepEqual(report(textsOfCommit(`abc1234\nA title\n\n${sample}\n\n${diff}`)), [
      'abc1234 message:3 github-token (ghp_…)',
      'abc1234 a.ts:5 github-token (ghp_…)',
    ]);
  });

  it('are not what only has their form', () => {
    const text = [
      'const token = request.headers.authorization;',
      "const secretName = 'a-name-that-says-what-it-is';",
      "password: 'aaaaaaaaaaaaaaaaaaaaaaaa'",
      'key: `earmark_k3v9q2x7m4ta_…`',
      'https://example.com/a:b@c',
      'Authorization: Bearer <token>',
    ];
    assert.deepEqual(report([{ source: 'a.ts', text: text.join('\n') }]), []);
  });

  it('are told from samples by a list in which each line has a reason and is needed', () => {
    const findings = textsOf(projectFiles()).flatMap(findingsIn);
    for (const { rule, text, reason } of knownSamples) {
      assert.ok(reason.length > 20, `${rule} ${String(text)} has no reason`);
      assert.ok(
        findings.some((finding) => isKnown(finding, [{ rule, text, reason }])),
        `${rule} ${String(text)} is no longer needed`,
      );
    }
    assert.notDeepEqual(report(textsOf(['src/config.ts', '.env.example']), []), []);
  });
});
