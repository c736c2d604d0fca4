import assert from 'node:assert/strict';
import { scramVerifier } from '../../src/persistence/scram-verifier.ts';

describe('What is sent to Postgres of a password', () => {
  it('is another one each time, and never the password', () => {
    const [first, second] = [scramVerifier('swordfish'), scramVerifier('swordfish')];
    assert.notEqual(first, second);
    for (const verifier of [first, second]) {
      assert.match(verifier, /^SCRAM-SHA-256\$4096:[\w+/]{22}==\$[\w+/]{43}=:[\w+/]{43}=$/);
      assert.doesNotMatch(verifier, /swordfish/);
    }
  });
});
