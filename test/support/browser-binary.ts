import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import packages from '../../package.json' with { type: 'json' };
import { loadConfig } from '../../src/config.ts';

/** A browser that can be started, and what its process needs to be told. */
export interface BrowserBinary {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

const onPath = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome'];

const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * A Chrome or Chromium that is installed, else that of the package @sparticuz/chromium, unpacked once into the cache folder with the
 * libraries (NSS) that bare machines lack.
 * @throws Error that says what to install, where the package has none for this machine
 */
export async function findBrowser(): Promise<BrowserBinary> {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const names = folders.flatMap((folder) => onPath.map((name) => path.join(folder, name)));
  const installed = [...names, ...elsewhere].find((file) => existsSync(file));
  if (installed !== undefined) return { executablePath: installed, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('There is no browser for the tests of the console: install Google Chrome or Chromium.');
  }
  return unpacked();
}

async function unpacked(): Promise<BrowserBinary> {
  const folder = path.join(loadConfig().cacheDir, `chromium-${packages.devDependencies['@sparticuz/chromium']}`);
  if (!existsSync(folder)) await unpack(folder);
  return {
    executablePath: path.join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: path.join(folder, 'al2023', 'lib'), FONTCONFIG_PATH: path.join(folder, 'fonts') },
  };
}

/** The package unpacks into the folder for temporary files of its process, and all of it only where it believes to be on a Lambda. */
async function unpack(folder: string): Promise<void> {
  const draft = `${folder}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  const work = `const { default: chromium } = await import('@sparticuz/chromium'); await chromium.executablePath();`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', work], {
    cwd: import.meta.dirname,
    env: {
      ...process.env,
      TMPDIR: draft,
      AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error('The browser of @sparticuz/chromium could not be unpacked.');
  // The one that comes with it names the folders of a Lambda; without a font the first field of a form ends the browser.
  await writeFile(path.join(draft, 'fonts', 'fonts.conf'), fontSettings(folder));
  // Another run may have been faster: its copy is as good.
  await rename(draft, folder).catch((error: unknown) => {
    if (!existsSync(folder)) throw error;
  });
  await rm(draft, { recursive: true, force: true });
}

function fontSettings(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${path.join(folder, 'fonts')}</dir>
  <cachedir>${path.join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`;
}
