import { readFileSync } from 'node:fs';

/** What `package-lock.json` says of one place in `node_modules`; "" is the project itself. */
export interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lockfile {
  readonly name: string;
  readonly version: string;
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface Manifest extends LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly overrides?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

/** The project's own `package-lock.json`. */
export function readLockfile(): Lockfile {
  return readJson('package-lock.json') as Lockfile;
}

/** The project's own `package.json`. */
export function readManifest(): Manifest {
  return readJson('package.json') as Manifest;
}

/** Every place in `node_modules`, with the name of the package that is in it. */
export function lockedPackages({ packages }: Lockfile): readonly (LockedPackage & { place: string; name: string })[] {
  return Object.entries(packages)
    .filter(([place]) => place !== '')
    .map(([place, locked]) => ({ ...locked, place, name: place.split('node_modules/').at(-1) ?? place }));
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')) as unknown;
}
