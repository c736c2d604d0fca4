import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { BrowserContextOptions, Page, Route } from 'playwright-core';
import { stateOfBuild } from '../../scripts/build-state.js';
import { environmentWith } from '../../src/config.ts';
import { browser } from './browser.ts';
import type { OrderWire, ProductWire } from './api.ts';
import { freePort } from './free-port.ts';
import { send } from './http.ts';
import { entry } from './entry.ts';
import { startStackOnFreePorts, type StackProcess } from './stack-process.ts';
import { endsWithRun } from './run-folder.ts';
import { afterRun } from './teardown.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

/** A running stack with its console. */
export interface ConsoleStack {
  readonly url: string;
  readonly stack: StackProcess;
  /** With which a further process joins it. */
  readonly env: Readonly<Record<string, string>>;
}

let started: Promise<ConsoleStack> | undefined;

/** One `earmark start` for all tests of the console in a run, with the console that was built. */
export function consoleStack(): Promise<ConsoleStack> {
  started ??= start();
  return started;
}

async function start(): Promise<ConsoleStack> {
  assert.equal(stateOfBuild(), 'fresh', 'Run npm run build before the tests of the console.');
  const folder = await temporaryFolder();
  afterRun(() => folder.remove());
  const { stack, env } = await startStackOnFreePorts(path.join(folder.path, 'data'));
  afterRun(async () => void (await stack.end('SIGTERM')));
  endsWithRun(stack.pid);
  return { url: stack.addresses.api, stack, env };
}

/** A further API that has joined the stack: it can die without the shop. */
export interface ApiProcess {
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts `earmark api` beside a stack, and waits until it answers. */
export async function startApiProcess(
  { env }: ConsoleStack,
  { port, ...more }: { readonly port?: number; readonly EARMARK_AUTH?: string } = {},
): Promise<ApiProcess> {
  const own = port ?? (await freePort());
  const url = `http://127.0.0.1:${own}`;
  const api = spawn(process.execPath, [...entry(), 'api'], {
    env: environmentWith({ ...env, PORT: String(own), ...more }),
    stdio: 'ignore',
  });
  const hasEnded = (): boolean => api.exitCode !== null || api.signalCode !== null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (hasEnded()) return;
    const gone = once(api, 'exit');
    api.kill(signal);
    await gone;
  };
  afterRun(() => end('SIGKILL'));
  endsWithRun(api.pid ?? -1);
  await until(async () => hasEnded() || (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200, 30_000);
  assert.ok(!hasEnded(), 'The API did not start.');
  return { url, end };
}

/** A page of the console, and what must not happen on it. */
export interface OpenedPage {
  readonly page: Page;
  /** @throws AssertionError when it logged an error, or asked anybody but its own server for something */
  readonly assertClean: () => void;
  readonly close: () => Promise<void>;
}

interface Opening extends BrowserContextOptions {
  /** Console messages that belong to what is tested. */
  readonly expected?: RegExp;
  /** What is between the browser and the server. */
  readonly between?: (route: Route) => Promise<void>;
  /** A script that runs in the page before anything else. */
  readonly before?: string;
}

/** Opens an address of the console as somebody else would: in a browser context of its own. */
export async function openConsole(
  url: string,
  { expected, before, between, ...options }: Opening = {},
): Promise<OpenedPage> {
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 900 }, ...options });
  if (before !== undefined) await context.addInitScript({ content: before });
  const page = await context.newPage();
  if (between !== undefined) await page.route('**', between);
  page.setDefaultTimeout(20_000);
  const wrong: string[] = [];
  const { origin } = new URL(url);
  page.on('pageerror', (error) => wrong.push(`error: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    const isBad = ['error', 'warning'].includes(message.type()) && !expected?.test(message.text());
    if (isBad) wrong.push(`${message.type()}: ${message.text()} at ${message.location().url}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) wrong.push(`a request to ${request.url()}`);
  });
  await page.goto(url);
  return {
    page,
    assertClean: () => assert.deepEqual(wrong, []),
    close: () => context.close(),
  };
}

/** Makes a product over HTTP. */
export async function makeProduct(url: string, fields: object = {}): Promise<ProductWire> {
  const body = { name: 'Lamp', price: '12.50', total_stock: 100, ...fields };
  return made(await send<ProductWire>(url, 'POST', '/api/products/', { body }));
}

/** Places an order over HTTP. */
export async function makeOrder(url: string, fields: object): Promise<OrderWire> {
  return made(await send<OrderWire>(url, 'POST', '/api/create-order/', { body: fields }));
}

/** Moves an order over HTTP. */
export async function moveOrder(url: string, id: string, ...statuses: readonly string[]): Promise<void> {
  for (const new_status of statuses) {
    const { status, text } = await send(url, 'POST', `/api/orders/${id}/transition/`, { body: { new_status } });
    assert.equal(status, 200, text);
  }
}

function made<Data>({ status, text, json }: { status: number; text: string; json: { data: Data } }): Data {
  assert.equal(status, 201, text);
  return json.data;
}
