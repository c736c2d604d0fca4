import { execFile } from 'node:child_process';
import { environmentWith } from '../../src/config.ts';
import { entry } from './entry.ts';

export interface CliRun {
  readonly exitCode: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** Runs `earmark <args>` as a process of its own, to its end. */
export function runCli(args: readonly string[], env: Record<string, string> = {}): Promise<CliRun> {
  return new Promise((resolve) => {
    const options = { env: environmentWith(env), timeout: 25_000 };
    execFile(process.execPath, [...entry(), ...args], options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ exitCode, stdout: linesOf(stdout), stderr: linesOf(stderr) });
    });
  });
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
