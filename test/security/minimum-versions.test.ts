import assert from 'node:assert/strict';
import { lockedPackages, readLockfile, type Lockfile } from '../support/lockfile.ts';
import { compareVersions } from '../support/versions.ts';
import { minimumVersions, type MinimumVersion } from './minimum-versions.ts';

/** The packages that have a known hole, and the lines of the list that are there for nothing, in sentences. */
function mistakesIn(lockfile: Lockfile, list: readonly MinimumVersion[]): readonly string[] {
  const packages = lockedPackages(lockfile);
  return list.flatMap(({ package: name, atLeast, advisory, what, accepted }) => {
    const copies = packages.filter((locked) => locked.name === name);
    const holed = copies.filter(({ version = '' }) => !isGood(version, atLeast));
    const versions = holed.map(({ version = '' }) => version);
    return [
      ...(copies.length === 0 ? [`${advisory}: ${name} is no longer in the lockfile, remove its line`] : []),
      ...holed
        .filter(({ version = '' }) => !accepted?.versions.includes(version))
        .map(({ place, version }) => `${advisory}: ${place} ${version} ${what}, update to ${atLeast.join(' or ')}`),
      ...(accepted?.versions ?? [])
        .filter((version) => !versions.includes(version))
        .map((version) => `${advisory}: ${name} ${version} is accepted and no longer there`),
      ...(accepted !== undefined && accepted.why.length < 20 ? [`${advisory}: ${name} is accepted for no reason`] : []),
    ];
  });
}

/**
 * Whether a version is at or above the first good one of its line. A line is a major version, or a minor one where the list has several of
 * one major. Above all of them everything is good, and a line in between that has no good version is not.
 */
function isGood(version: string, atLeast: readonly string[]): boolean {
  const highest = [...atLeast].sort(compareVersions).at(-1) ?? version;
  if (compareVersions(version, highest) >= 0) return true;
  return atLeast.some(
    (good) => lineOf(good, atLeast) === lineOf(version, atLeast) && compareVersions(version, good) >= 0,
  );
}

function lineOf(version: string, atLeast: readonly string[]): string {
  const [major = '', minor = ''] = version.split('.');
  const ofMajor = atLeast.filter((good) => good.startsWith(`${major}.`));
  return ofMajor.length > 1 ? `${major}.${minor}` : major;
}

describe('Packages with known holes', () => {
  const lockfile = readLockfile();

  function withVersion(place: string, version: string): Lockfile {
    return { ...lockfile, packages: { ...lockfile.packages, [place]: { version } } };
  }

  it('are locked at or above the version without the hole, in every place', () => {
    assert.deepEqual(mistakesIn(lockfile, minimumVersions), []);
  });

  for (const entry of minimumVersions) {
    it(`are refused below it: ${entry.package}, ${entry.advisory}`, () => {
      const place = `node_modules/nested/node_modules/${entry.package}`;
      assert.deepEqual(mistakesIn(withVersion(place, '0.0.1'), [entry]), [
        `${entry.advisory}: ${place} 0.0.1 ${entry.what}, update to ${entry.atLeast.join(' or ')}`,
      ]);
    });
  }

  it('are judged by the line of versions that they are of', () => {
    const goodAndBad: readonly (readonly [readonly string[], readonly string[], readonly string[]])[] = [
      [
        ['1.9.16', '1.10.12', '1.14.4'],
        ['1.9.16', '1.10.13', '1.14.4', '1.15.0', '2.0.0'],
        ['1.9.15', '1.10.2', '1.14.3'],
      ],
      [
        ['6.11.4', '7.2.5'],
        ['6.11.4', '6.12.0', '7.2.5', '8.0.0'],
        ['6.11.3', '7.2.4', '7.0.0', '5.9.9'],
      ],
      [
        ['1.1.12', '2.0.2', '4.0.1'],
        ['1.1.12', '2.1.0', '4.0.1', '5.0.0'],
        ['3.0.1', '4.0.0', '4.0.1-beta.1'],
      ],
    ];
    for (const [atLeast, good, bad] of goodAndBad) {
      for (const version of good) assert.ok(isGood(version, atLeast), version);
      for (const version of bad) assert.ok(!isGood(version, atLeast), version);
    }
  });

  it('are reported to be removed from the list when they are gone from the lockfile', () => {
    const gone: MinimumVersion = { package: 'gone', atLeast: ['1.0.0'], advisory: 'CVE-2020-1', what: 'is gone' };
    assert.deepEqual(mistakesIn(lockfile, [gone]), ['CVE-2020-1: gone is no longer in the lockfile, remove its line']);
  });

  it('are accepted in one version alone, for as long as it is there, and for a reason', () => {
    const hole: MinimumVersion = { package: 'koa', atLeast: ['99.0.0'], advisory: 'CVE-2020-1', what: 'leaks' };
    const { version = '' } = { ...lockfile.packages['node_modules/koa'] };
    const why = 'It leaks only what everybody knows.';
    assert.deepEqual(mistakesIn(lockfile, [{ ...hole, accepted: { versions: [version], why } }]), []);
    assert.deepEqual(mistakesIn(lockfile, [{ ...hole, accepted: { versions: [version], why: '' } }]), [
      'CVE-2020-1: koa is accepted for no reason',
    ]);
    assert.deepEqual(mistakesIn(lockfile, [{ ...hole, accepted: { versions: ['1.0.0'], why } }]), [
      `CVE-2020-1: node_modules/koa ${version} leaks, update to 99.0.0`,
      'CVE-2020-1: koa 1.0.0 is accepted and no longer there',
    ]);
  });

  it('are listed once for each advisory', () => {
    const names = minimumVersions.map(({ package: name, advisory }) => `${name} ${advisory}`);
    assert.equal(new Set(names).size, names.length);
  });
});
