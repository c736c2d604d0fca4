import { spawn } from 'node:child_process';

interface RunOptions {
  readonly cwd: string;
  /** Variables that it finds in its environment beside those of this process. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Milliseconds after which it is ended. */
  readonly patienceMs: number;
}

/**
 * Runs a program on this terminal until it ends. A signal that this process gets in the meantime goes to the program, so that
 * whoever started it can clean up.
 * @returns its exit code, 1 when a signal ended it
 * @throws when it cannot be started
 */
export function runToEnd(
  [file = '', ...args]: readonly string[],
  { cwd, variables = {}, patienceMs }: RunOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...variables };
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
    const stop = (): void => void child.kill('SIGTERM');
    const tooLong = setTimeout(stop, patienceMs);
    process.on('SIGINT', stop).on('SIGTERM', stop);
    const done = (): void => {
      clearTimeout(tooLong);
      process.off('SIGINT', stop).off('SIGTERM', stop);
    };
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('close', (code) => {
      done();
      resolve(code ?? 1);
    });
  });
}
