import { chromium, type Browser } from 'playwright-core';
import { findBrowser } from './browser-binary.ts';
import { afterRun } from './teardown.ts';

let launched: Promise<Browser> | undefined;

/** One browser for all tests of a run: each takes contexts of its own. */
export function browser(): Promise<Browser> {
  launched ??= launch();
  return launched;
}

async function launch(): Promise<Browser> {
  const { executablePath, env } = await findBrowser();
  const started = await chromium.launch({
    executablePath,
    // A locale such as C is none to its Intl.
    env: { ...process.env, LC_ALL: 'en_US.UTF-8', ...env } as Record<string, string>,
    // Nothing that asks for anything elsewhere. Root has no sandbox, and nor has who may not make namespaces; pages are our own.
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync', '--no-pings', '--disable-domain-reliability'],
    ],
  });
  afterRun(() => started.close());
  return started;
}
