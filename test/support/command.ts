import { Command } from 'commander';

/** What a command printed, and what it failed with. */
export interface CommandRun {
  readonly output: string;
  readonly error: unknown;
}

/** Runs `earmark <args>` in this process with one command added; for what ends before any work is done: help, bad options. */
export async function parseCommand(add: (program: Command) => void, ...args: string[]): Promise<CommandRun> {
  let output = '';
  const program = new Command('earmark')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void (output += text), outputError: () => undefined });
  add(program);
  const error = await program.parseAsync(args, { from: 'user' }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { output, error };
}
