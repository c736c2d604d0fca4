import assert from 'node:assert/strict';
import { Command } from 'commander';
import { parseArguments } from '../../bench/arguments.ts';
import { scenarios } from '../../bench/scenarios/index.ts';

function parse(...args: string[]) {
  let said = '';
  const write = (text: string) => void (said += text);
  const program = new Command().configureOutput({ writeErr: write, writeOut: write });
  try {
    return { given: parseArguments(args, scenarios, program), said };
  } catch {
    return { given: undefined, said };
  }
}

describe('the arguments of the benchmark', () => {
  it('are all scenarios and 10 seconds unless told otherwise, and 1 second when it is to be quick', () => {
    assert.deepEqual(parse().given, { scenarios, seconds: 10, quick: false });
    assert.deepEqual(parse('--quick').given, { scenarios, seconds: 1, quick: true });
  });

  it('choose several scenarios, each once, in the order in which they are named', () => {
    const { given } = parse('--scenario', 'sell-out', '--scenario', 'checkout', '--scenario', 'sell-out');
    assert.deepEqual(
      given?.scenarios.map(({ name }) => name),
      ['sell-out', 'checkout'],
    );
  });

  it('refuse a scenario that is not there, and list those that are', () => {
    const { given, said } = parse('--scenario', 'sell-in');
    assert.equal(given, undefined);
    for (const { name } of scenarios) assert.match(said, new RegExp(name));
  });

  it('refuse seconds that are none, and options that are not known', () => {
    for (const seconds of ['0', '1.5', 'ten', '-3', '3601']) {
      const { given, said } = parse('--seconds', seconds);
      assert.equal(given, undefined);
      assert.match(said, /whole number from 1 to 3600/);
    }
    assert.match(parse('--fast').said, /unknown option/);
  });
});
