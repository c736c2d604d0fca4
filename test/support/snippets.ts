import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { environmentWith } from '../../src/config.ts';

/** A block of a document that its reader types into a shell. */
export interface Snippet {
  /** Where it begins in the document. */
  readonly line: number;
  readonly code: string;
  /** The lines of the text block that stands right after it; none when there is no such block. */
  readonly expected: readonly string[];
}

/** What became of a snippet. */
export interface SnippetRun {
  readonly snippet: Snippet;
  /** `skipped`: one before it failed. */
  readonly outcome: 'done' | 'failed' | 'skipped';
  readonly output: string;
  /** What the shell said on its standard error. */
  readonly complaint: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

const blocks = /^```bash\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms;

/** No more than all snippets of a document may take, in milliseconds. */
const patience = 50_000;

/** Every bash block of a document. */
export function snippetsOf(markdown: string): Snippet[] {
  return Array.from(markdown.matchAll(blocks), ({ index, 1: code = '', 2: text = '' }) => ({
    line: markdown.slice(0, index).split('\n').length,
    code: code.trimEnd(),
    expected: text.split('\n').filter((line) => line !== ''),
  }));
}

/** Every command of npm or npx that a document names in running text, each once. */
export function commandsOf(markdown: string): string[] {
  const text = markdown.replaceAll(/^```.*?^```$/gms, '');
  return Array.from(new Set(Array.from(text.matchAll(/`(np[mx] [^`\n]+)`/g), ([, command = '']) => command)));
}

/** Runs snippets one after the other in one shell, as a reader would: what one sets, the next ones have. */
export async function runSnippets(
  snippets: readonly Snippet[],
  env: Readonly<Record<string, string>>,
): Promise<SnippetRun[]> {
  const mark = (n: number): string => `===== snippet ${n} =====`;
  const script = snippets.map(({ code }, n) => `echo '${mark(n)}'; echo '${mark(n)}' >&2\n${code}\n`).join('');
  const { stdout, stderr, ended } = await bash(`set -euo pipefail\n${script}echo '${mark(snippets.length)}'`, env);
  return snippets.map((snippet, n) => {
    const output = between(stdout, mark(n), mark(n + 1));
    const finished = stdout.includes(mark(n + 1)) || (ended && n === snippets.length - 1);
    const outcome = output === undefined ? 'skipped' : finished ? 'done' : 'failed';
    return { snippet, outcome, output: output ?? '', complaint: between(stderr, mark(n), mark(n + 1)) ?? '' };
  });
}

/** The expected lines that do not follow one another in an output; `…` stands for anything within a line. */
export function missingLines(expected: readonly string[], output: string): string[] {
  const lines = output.split(/\r?\n/);
  return expected.filter((wanted) => {
    const pattern = new RegExp(`^${wanted.split('…').map(escape).join('.*')}$`);
    const at = lines.findIndex((line) => pattern.test(line));
    if (at >= 0) lines.splice(0, at + 1);
    return at < 0;
  });
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function between(text: string, from: string, to: string): string | undefined {
  const [, after] = text.split(`${from}\n`);
  return after?.split(`${to}\n`)[0];
}

function bash(
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly stdout: string; readonly stderr: string; readonly ended: boolean }> {
  return new Promise((resolve) => {
    const options = { cwd: root, env: environmentWith(env), timeout: patience, maxBuffer: 16 * 1024 * 1024 };
    const child = execFile('bash', ['-c', script], options, (error, stdout, stderr) =>
      resolve({ stdout, stderr, ended: error === null }),
    );
    child.stdin?.end();
  });
}
