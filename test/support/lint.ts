import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './temporary-folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const oxlint = fileURLToPath(new URL('../../node_modules/oxlint/bin/oxlint', import.meta.url));
const config = fileURLToPath(new URL('../../.oxlintrc.json', import.meta.url));

/** What the linter said of one place. */
interface Diagnostic {
  /** As the configuration names it: `earmark/no-shell`. */
  readonly rule: string;
  readonly file: string;
  /** Counted from 1. */
  readonly lines: readonly number[];
}

/**
 * Runs the linter as the project has it set up, each text in a file of its own.
 * @param rule of `lint/`; what other rules say is left out
 * @returns of each text the lines that the rule reported, counted from 1
 */
export async function linesReported(rule: string, texts: readonly string[]): Promise<readonly (readonly number[])[]> {
  const folder = await temporaryFolder();
  try {
    for (const [index, text] of texts.entries()) await writeFile(path.join(folder.path, `${index}.ts`), text);
    const diagnostics = await lint([folder.path]);
    return texts.map((_, index) =>
      diagnostics
        .filter((each) => path.basename(each.file) === `${index}.ts` && each.rule === `earmark/${rule}`)
        .flatMap(({ lines }) => lines)
        .sort((a, b) => a - b),
    );
  } finally {
    await folder.remove();
  }
}

/**
 * Runs the linter over folders of the project, without the rules that need types.
 * @returns what it refuses, each with its rule and its file and line
 */
export async function lintProject(folders: readonly string[]): Promise<readonly { rule: string; place: string }[]> {
  const diagnostics = await lint(folders);
  return diagnostics.map(({ rule, file, lines }) => ({ rule, place: `${file}:${lines[0] ?? 0}` }));
}

async function lint(places: readonly string[]): Promise<readonly Diagnostic[]> {
  const { diagnostics } = JSON.parse(await run(['--config', config, '--format', 'json', ...places])) as {
    diagnostics: { filename: string; code: string; labels: { span: { line: number } }[] }[];
  };
  return diagnostics.map(({ filename, code, labels }) => ({
    rule: code.replace(/^([\w-]+)\((.*)\)$/, '$1/$2'),
    file: filename,
    lines: labels.map(({ span }) => span.line),
  }));
}

function run(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [oxlint, ...args], { cwd: root, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      // 1 says that something was reported.
      if (error === null || error.code === 1) resolve(stdout);
      else reject(new Error(`oxlint failed: ${stderr}${stdout}`));
    });
  });
}
