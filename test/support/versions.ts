/** Negative, 0 or positive, as the first semantic version is below, at or above the second. A prerelease is below its release. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [parse(one), parse(other)];
  for (const index of [0, 1, 2]) {
    const difference = (left.numbers[index] ?? 0) - (right.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.prerelease === right.prerelease) return 0;
  if (left.prerelease === '' || right.prerelease === '') return left.prerelease === '' ? 1 : -1;
  return left.prerelease.localeCompare(right.prerelease, 'en', { numeric: true });
}

/**
 * Whether a release satisfies a range as `engines` writes it: `||` between alternatives, blanks between conditions, each `>=`, `>`,
 * `<=`, `<`, `^`, `~`, `*`, or a version that may leave parts out.
 * @throws when the range has anything else in it
 */
export function satisfies(version: string, range: string): boolean {
  return range.split('||').some((alternative) => {
    const conditions = alternative.trim().replaceAll(/([<>=^~]+)\s+/g, '$1');
    return conditions.split(/\s+/).every((condition) => holds(version, condition));
  });
}

function holds(version: string, condition: string): boolean {
  const [, operator, text = ''] = /^([<>]=?|=|\^|~)?v?(\*|\d+(?:\.(?:\d+|[x*]))*)$/.exec(condition) ?? [];
  if (text === '') throw new Error(`This is no range that is understood: ${condition}`);
  if (text === '*') return true;
  const given = text.split('.').filter((part) => /^\d+$/.test(part));
  const order = compareVersions(version, given.join('.'));
  switch (operator) {
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '>':
      return order > 0;
    case '<=':
      return order <= 0;
    case '^':
      return order >= 0 && agree(version, given, 1);
    case '~':
      return order >= 0 && agree(version, given, 2);
    default:
      return agree(version, given, given.length);
  }
}

/** Whether a version begins with the first so many parts. */
function agree(version: string, given: readonly string[], parts: number): boolean {
  return given.slice(0, parts).every((part, index) => Number(part) === parse(version).numbers[index]);
}

function parse(version: string): { numbers: readonly number[]; prerelease: string } {
  const [core = '', ...prerelease] = (version.split('+')[0] ?? '').split('-');
  return { numbers: core.split('.').map(Number), prerelease: prerelease.join('-') };
}
