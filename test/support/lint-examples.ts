import assert from 'node:assert/strict';
import { linesReported } from './lint.ts';

/** Program texts, by what is told of them. */
interface Examples {
  readonly [title: string]: string;
}

/**
 * Defines tests of a rule of `lint/`: every refused text is reported, each on exactly one line; none of the allowed ones is.
 * @param rule its name without `earmark/`
 */
export function judges(
  rule: string,
  { refuses, allows }: { readonly refuses: Examples; readonly allows: Examples },
): void {
  let reported: readonly (readonly number[])[];
  before(async () => {
    reported = await linesReported(rule, [...Object.values(refuses), ...Object.values(allows)]);
  });
  for (const [index, [title, text]] of Object.entries(refuses).entries()) {
    it(`refuses ${title}`, () => assert.equal(reported[index]?.length, 1, text));
  }
  for (const [index, [title, text]] of Object.entries(allows).entries()) {
    it(`allows ${title}`, () => assert.deepEqual(reported[Object.keys(refuses).length + index], [], text));
  }
}
