import { InvalidArgumentError } from 'commander';
import type { Config } from '../../config.ts';
import { isLoopback } from '../../loopback.ts';
import { runningStack } from '../../stack/addresses.ts';
import { StackError } from '../../stack/stack-error.ts';

/**
 * The key that a command sends to an address, if it has one.
 * @throws StackError when the key would go over the network in clear
 */
export function keyFor(address: string, key: string | undefined): { readonly key?: string } {
  if (key === undefined) return {};
  const { protocol, hostname } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, '');
  // A stack that listens everywhere is on this machine.
  if (protocol === 'http:' && !isLoopback(host) && !/^[0.:]+$/.test(host)) {
    throw new StackError(`EARMARK_API_KEY would be sent to ${hostname} in clear. Name an https address with --url.`);
  }
  return { key };
}

/** The API of the stack that runs here, or else the one that these variables are of. */
export async function apiAddress({ dataDir, host, port }: Config): Promise<string> {
  const stack = await runningStack(dataDir);
  return stack?.api ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Reads the value of an option that must be the address of an API. */
export function httpAddress(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('It must be an address like http://localhost:3000.');
  }
  return text;
}
