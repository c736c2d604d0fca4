import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { describeError } from '../../src/commands/describe-error.ts';
import { parseCommand } from './command.ts';

/** Tests of a command's options: bad ones are refused in one line, and its help names them all. */
export function testOptions(
  add: (program: Command) => void,
  name: string,
  { refused, named }: { readonly refused: readonly (readonly string[])[]; readonly named: readonly string[] },
): void {
  describe(`The options of earmark ${name}`, () => {
    for (const args of refused) {
      it(`are refused in one line: ${args.join(' ')}`, async () => {
        const { error } = await parseCommand(add, name, ...args);
        assert.ok(error instanceof Error);
        assert.match(describeError(error), /^[^\n]+$/);
      });
    }

    it('are all in its help', async () => {
      const { output } = await parseCommand(add, name, '--help');
      for (const option of named) assert.ok(output.includes(option), option);
    });
  });
}
