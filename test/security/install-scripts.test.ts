import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { lockedPackages, readLockfile, readManifest, type Lockfile } from '../support/lockfile.ts';

/** A decision as the table in docs/dependencies.md tells it. */
interface Review {
  readonly name: string;
  /** The version that somebody looked at. */
  readonly version: string;
  readonly allowed: boolean;
  readonly why: string;
}

interface Decisions {
  readonly lockfile: Lockfile;
  readonly allowed: Readonly<Record<string, boolean>>;
  readonly reviews: readonly Review[];
}

/**
 * What of the packages with install scripts is not decided, or decided for nothing. The names stand without versions in `allowScripts`:
 * npm takes the version from the address in the lockfile, which ours has not, and would refuse what is allowed for a version. So the
 * table has the version: a new one has to be looked at again.
 */
function mistakesIn({ lockfile, allowed, reviews }: Decisions): readonly string[] {
  const scripted = lockedPackages(lockfile).filter(({ hasInstallScript }) => hasInstallScript === true);
  const names = new Set(scripted.map(({ name }) => name));
  return [
    ...[...names].filter((name) => !(name in allowed)).map((name) => `allowScripts does not decide on ${name}`),
    ...Object.entries(allowed).flatMap(([name, decision]) => [
      ...(names.has(name) ? [] : [`allowScripts decides on ${name}, which has no install script`]),
      ...(typeof decision === 'boolean' ? [] : [`allowScripts says neither true nor false of ${name}`]),
    ]),
    ...scripted
      .filter(({ name, version }) => !reviews.some((review) => review.name === name && review.version === version))
      .map(({ name, version }) => `docs/dependencies.md does not tell of the install script of ${name} ${version}`),
    ...reviews.flatMap(({ name, version, allowed: decision, why }) => [
      ...(scripted.some((locked) => locked.name === name && locked.version === version)
        ? []
        : [`docs/dependencies.md tells of an install script that ${name} ${version} has not`]),
      ...(allowed[name] === decision ? [] : [`docs/dependencies.md and allowScripts differ on ${name}`]),
      ...(why.length > 10 ? [] : [`docs/dependencies.md has no reason for ${name}`]),
    ]),
  ];
}

/** The rows of the table whose head begins with Package, Version and Script. One may tell of several packages. */
function readReviews(): readonly Review[] {
  const text = readFileSync(new URL('../../docs/dependencies.md', import.meta.url), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  const cells = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const head = cells.findIndex(([first, second, third]) => `${first} ${second} ${third}` === 'Package Version Script');
  return cells
    .slice(head + 2)
    .flatMap(([names = '', version = '', , allowed, why = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => ({ name, version, allowed: allowed === 'yes', why })),
    );
}

describe('Install scripts', () => {
  const lockfile = readLockfile();
  const allowed = readManifest().allowScripts ?? {};
  const reviews = readReviews();

  it('are each decided on in package.json, with a reason in docs/dependencies.md', () => {
    assert.ok(reviews.length > 5);
    assert.deepEqual(mistakesIn({ lockfile, allowed, reviews }), []);
  });

  it('are refused when a package comes with one that nobody has looked at', () => {
    const packages = { ...lockfile.packages, 'node_modules/new': { version: '1.0.0', hasInstallScript: true } };
    assert.deepEqual(mistakesIn({ lockfile: { ...lockfile, packages }, allowed, reviews }), [
      'allowScripts does not decide on new',
      'docs/dependencies.md does not tell of the install script of new 1.0.0',
    ]);
  });

  it('are refused when a package has a new version, whose script nobody has looked at', () => {
    const place = 'node_modules/esbuild';
    const { version, ...esbuild } = { ...lockfile.packages[place] };
    const packages = { ...lockfile.packages, [place]: { ...esbuild, version: '99.0.0' } };
    assert.deepEqual(mistakesIn({ lockfile: { ...lockfile, packages }, allowed, reviews }), [
      'docs/dependencies.md does not tell of the install script of esbuild 99.0.0',
      `docs/dependencies.md tells of an install script that esbuild ${version} has not`,
    ]);
  });

  it('are refused when the list decides on a package that is gone', () => {
    assert.deepEqual(mistakesIn({ lockfile, allowed: { ...allowed, gone: true }, reviews }), [
      'allowScripts decides on gone, which has no install script',
    ]);
  });

  it('are refused when one is allowed that the document says is not', () => {
    assert.deepEqual(mistakesIn({ lockfile, allowed: { ...allowed, esbuild: true }, reviews }), [
      'docs/dependencies.md and allowScripts differ on esbuild',
    ]);
  });
});
