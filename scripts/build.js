// Compiles to dist/, builds the console, and bundles the workflows, so that a worker starts in half a second. With --if-old only where something
// changed since: npm prepares the package not only when it is installed, but also when npx runs its command for the first time, and then a
// stack may be running from dist/.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { bundle, stateOfBuild } from './build-state.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = path.join(root, 'dist');
const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

if (process.argv.includes('--if-old') && stateOfBuild() === 'fresh') process.exit(0);

rmSync(dist, { recursive: true, force: true });
const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

await build({
  root: path.join(root, 'src', 'console'),
  configFile: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: path.join(dist, 'console'),
    emptyOutDir: true,
    target: 'es2022',
    // Each file by its own name: what is inlined as a data: address, the pages would not be allowed to load.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

const { bundleWorkflows } = await import(pathToFileURL(path.join(dist, 'src', 'bundle-workflows.js')).href);
const { code } = await bundleWorkflows();
writeFileSync(bundle, code);
