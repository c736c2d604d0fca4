import assert from 'node:assert/strict';
import { ProblemError, type ProblemCode } from '../../src/api/problems.ts';

/**
 * Demands that something fails with a problem.
 * @returns the problem
 */
export async function assertProblemError(
  failing: Promise<unknown>,
  code: ProblemCode,
  detail = /^/,
): Promise<ProblemError> {
  const error = await failing.then(
    (value) => assert.fail(`It went well: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  assert.ok(error instanceof ProblemError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, detail);
  return error;
}
