import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './temporary-folder.ts';

const oxlint = fileURLToPath(new URL('../../node_modules/oxlint/bin/oxlint', import.meta.url));
const config = fileURLToPath(new URL('../../.oxlintrc.json', import.meta.url));

/**
 * Runs the linter as the project has it set up, each text in a file of its own.
 * @param rule of `lint/`; what other rules say is left out
 * @returns of each text the lines that the rule reported, counted from 1
 */
export async function linesReported(rule: string, texts: readonly string[]): Promise<readonly (readonly number[])[]> {
  const folder = await temporaryFolder();
  try {
    for (const [index, text] of texts.entries()) await writeFile(path.join(folder.path, `${index}.ts`), text);
    const { diagnostics } = JSON.parse(await run(['--config', config, '--format', 'json', folder.path])) as {
      diagnostics: { filename: string; code: string; labels: { span: { line: number } }[] }[];
    };
    return texts.map((_, index) =>
      diagnostics
        .filter(({ filename, code }) => path.basename(filename) === `${index}.ts` && code === `earmark(${rule})`)
        .flatMap(({ labels }) => labels.map(({ span }) => span.line))
        .sort((a, b) => a - b),
    );
  } finally {
    await folder.remove();
  }
}

function run(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [oxlint, ...args], (error, stdout, stderr) => {
      // 1 says that something was reported.
      if (error === null || error.code === 1) resolve(stdout);
      else reject(new Error(`oxlint failed: ${stderr}${stdout}`));
    });
  });
}
