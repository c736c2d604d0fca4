import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { lockedPackages, readLockfile, readManifest, type Lockfile, type Manifest } from '../support/lockfile.ts';
import { satisfies } from '../support/versions.ts';

/** Everything that is wrong with a lockfile and the package.json that it belongs to, in sentences. */
function mistakesIn(lockfile: Lockfile, manifest: Manifest): readonly string[] {
  return [
    ...mistakesOfPackages(lockfile, manifest),
    ...mistakesOfManifest(manifest),
    ...mistakesOfRoot(lockfile, manifest),
    ...mistakesOfTemporal(lockfile),
  ];
}

function mistakesOfPackages(lockfile: Lockfile, manifest: Manifest): readonly string[] {
  return lockedPackages(lockfile).flatMap(({ place, version = '', integrity, resolved, link, engines, ...others }) => [
    ...(/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '') ? [] : [`${place} has no sha512 integrity`]),
    ...(link === true ? [`${place} is a link to a folder`] : []),
    ...(isRelease(version) ? [] : [`${place} has the version "${version}", which is none`]),
    ...(resolved === undefined || resolved.startsWith('https://registry.npmjs.org/')
      ? []
      : [`${place} comes from an address that is not the public registry's`]),
    ...Object.entries({ ...others.dependencies, ...others.optionalDependencies })
      .filter(([, wanted]) => isElsewhere(wanted))
      .map(([name, wanted]) => `${place} wants ${name} from "${wanted}"`),
    ...nodesOf(manifest)
      .filter((node) => !satisfies(node, engines?.node ?? '*'))
      .map((node) => `${place} does not run on Node ${node}: it wants "${engines?.node}"`),
  ]);
}

/** Versions are exact: what was tested is what is installed, also where somebody writes a new lockfile. */
function mistakesOfManifest({ dependencies, devDependencies, optionalDependencies, overrides }: Manifest) {
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies, ...overrides })
    .filter(([, version]) => !isRelease(version))
    .map(([name, version]) => `package.json wants ${name} as "${version}", which is no exact version`);
}

function mistakesOfRoot({ name, version, lockfileVersion, packages }: Lockfile, manifest: Manifest): readonly string[] {
  const root = packages[''];
  const differ = (['dependencies', 'devDependencies', 'optionalDependencies', 'engines'] as const).filter(
    (part) => !isDeepStrictEqual(root?.[part], manifest[part]),
  );
  const direct = Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  });
  return [
    ...(lockfileVersion === 3 ? [] : ['package-lock.json is not of version 3']),
    ...(name === manifest.name && version === manifest.version && root?.version === manifest.version
      ? []
      : ['package-lock.json is of another name or version than package.json']),
    ...differ.map((part) => `package-lock.json has other ${part} than package.json`),
    ...direct
      .filter(([dependency, wanted]) => packages[`node_modules/${dependency}`]?.version !== wanted)
      .map(([dependency, wanted]) => `package-lock.json does not hold ${dependency} at ${wanted}`),
  ];
}

/** The parts of Temporal's SDK share classes and a native library: they are one version or they do not work. */
function mistakesOfTemporal(lockfile: Lockfile): readonly string[] {
  const parts = lockedPackages(lockfile).filter(({ name }) => name.startsWith('@temporalio/'));
  const versions = [...new Set(parts.map(({ version }) => version))];
  return [
    ...(versions.length === 1 ? [] : [`The parts of @temporalio are of the versions ${versions.join(', ')}`]),
    ...parts
      .filter(({ name, place }) => place !== `node_modules/${name}`)
      .map(({ place }) => `${place} is a second copy`),
  ];
}

/** The oldest Node that package.json admits, and this one. */
function nodesOf({ engines }: Manifest): readonly string[] {
  const oldest = /^>=(\d+\.\d+)$/.exec(engines?.node ?? '')?.[1];
  assert.ok(oldest, 'engines.node in package.json is ">=" and a version');
  return [`${oldest}.0`, process.versions.node];
}

function isRelease(version: string): boolean {
  return /^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version);
}

/** git, a file, an address, an alias: anything that is not a version of the registry. */
function isElsewhere(wanted: string): boolean {
  return /[:/]/.test(wanted);
}

describe('The lockfile', () => {
  const lockfile = readLockfile();
  const manifest = readManifest();
  const koa = { ...lockfile.packages['node_modules/koa'] };
  const temporal = { ...lockfile.packages['node_modules/@temporalio/proto'] };

  /** What is found when one place in `node_modules` is another than it is. */
  function withPackage(place: string, change: object): readonly string[] {
    const packages = { ...lockfile.packages, [place]: { ...lockfile.packages[place], ...change } };
    return mistakesIn({ ...lockfile, packages }, manifest);
  }

  it('has an integrity for each package, none from elsewhere, and agrees with package.json', () => {
    assert.ok(lockedPackages(lockfile).length > 500);
    assert.deepEqual(mistakesIn(lockfile, manifest), []);
  });

  it('may name the public registry, and nothing else', () => {
    const from = (host: string) => withPackage('node_modules/koa', { resolved: `${host}/koa/-/koa.tgz` });
    assert.deepEqual(from('https://registry.npmjs.org'), []);
    for (const host of ['http://registry.npmjs.org', 'https://packages.example', 'git+ssh://git@github.com/koajs']) {
      assert.deepEqual(from(host), ["node_modules/koa comes from an address that is not the public registry's"], host);
    }
  });

  const planted: Readonly<Record<string, readonly [object, string]>> = {
    'a missing integrity': [{ integrity: undefined }, 'node_modules/koa has no sha512 integrity'],
    'a weak integrity': [
      { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' },
      'node_modules/koa has no sha512 integrity',
    ],
    'a folder': [{ link: true }, 'node_modules/koa is a link to a folder'],
    'a dependency from git': [
      { dependencies: { depd: 'git+https://example.com/depd.git' } },
      'node_modules/koa wants depd from "git+https://example.com/depd.git"',
    ],
    'a dependency from a file': [
      { dependencies: { depd: 'file:../depd' } },
      'node_modules/koa wants depd from "file:../depd"',
    ],
    'a package for newer Nodes': [
      { engines: { node: '^20.20.0 || >=22.12.0' } },
      'node_modules/koa does not run on Node 20.19.0: it wants "^20.20.0 || >=22.12.0"',
    ],
    'another version than package.json wants': [
      { version: '0.0.1' },
      `package-lock.json does not hold koa at ${koa.version}`,
    ],
  };
  for (const [title, [change, mistake]] of Object.entries(planted)) {
    it(`is refused for ${title}`, () => assert.ok(withPackage('node_modules/koa', change).includes(mistake)));
  }

  it('is refused for two versions of the Temporal SDK', () => {
    assert.deepEqual(withPackage('node_modules/@temporalio/proto', { version: '0.0.1' }).slice(-1), [
      `The parts of @temporalio are of the versions ${temporal.version}, 0.0.1`,
    ]);
    const place = 'node_modules/koa/node_modules/@temporalio/proto';
    assert.deepEqual(withPackage(place, temporal), [`${place} is a second copy`]);
  });

  it('is refused for a package.json with ranges, or that it does not belong to', () => {
    const ranges = { ...manifest, dependencies: { ...manifest.dependencies, koa: '^3.0.0' } };
    assert.deepEqual(mistakesIn(lockfile, ranges), [
      'package.json wants koa as "^3.0.0", which is no exact version',
      'package-lock.json has other dependencies than package.json',
      'package-lock.json does not hold koa at ^3.0.0',
    ]);
    assert.deepEqual(mistakesIn(lockfile, { ...manifest, version: '0.0.0' }), [
      'package-lock.json is of another name or version than package.json',
    ]);
  });
});
