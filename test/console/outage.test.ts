import assert from 'node:assert/strict';
import {
  consoleStack,
  makeOrder,
  makeProduct,
  moveOrder,
  openConsole,
  startApiProcess,
  type ApiProcess,
  type ConsoleStack,
} from '../support/console.ts';
import { until } from '../support/until.ts';

/** Chromium says so by itself of each request that got no answer. */
const expected =
  /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|status of 503/;

describe('The console while the server is down', function () {
  this.timeout(120_000);
  let shop: ConsoleStack;
  let api: ApiProcess;

  before(async () => {
    shop = await consoleStack();
  });
  // Not the one of the stack: it is looked at and dies, and the shop goes on.
  beforeEach(async () => {
    api = await startApiProcess(shop);
  });
  afterEach(() => api.end('SIGKILL'));

  async function startAgain(): Promise<void> {
    api = await startApiProcess(shop, { port: Number(new URL(api.url).port) });
  }

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`says so after ${signal}, and shows what happened meanwhile once it is back, without a reload`, async () => {
      const product = await makeProduct(shop.url);
      const order = await makeOrder(shop.url, { product_id: product.id, quantity: 1 });
      const { page, assertClean, close } = await openConsole(`${api.url}/orders/${order.id}`, { expected });
      await page.getByRole('button', { name: 'Confirm' }).waitFor();
      await page.getByText('live', { exact: true }).waitFor();

      await api.end(signal);
      await page.getByText('What you see may be old').waitFor();
      assert.equal(await page.getByRole('button', { name: 'Confirm' }).isVisible(), true, 'what was there stays');
      await moveOrder(shop.url, order.id, 'confirmed');

      await startAgain();
      await page.getByRole('button', { name: 'Start processing' }).waitFor();
      await page.getByText('live', { exact: true }).waitFor();
      assert.equal(await page.getByRole('alert').count(), 0);
      assertClean();
      await close();
    });
  }

  it('does not say that events do not come through once it is back, however long that took', async () => {
    const { page, close } = await openConsole(`${api.url}/health`, { expected });
    await page.getByText('live', { exact: true }).waitFor();
    await page.evaluate(`
      const status = document.querySelector('.connection');
      window.said = new Set();
      new MutationObserver(() => window.said.add(status.textContent))
        .observe(status, { childList: true, characterData: true, subtree: true });
    `);
    await api.end('SIGKILL');
    let tries = 0;
    page.on('requestfailed', (request) => (tries += Number(request.url().endsWith('/api/session/'))));
    await until(() => tries >= 3, 30_000);
    await startAgain();
    await page.getByText('live', { exact: true }).waitFor();
    assert.deepEqual(await page.evaluate('Array.from(window.said)'), ['no connection', 'live']);
    await close();
  });

  it('says so when it is opened meanwhile from what the browser kept, and comes up once the server does', async () => {
    const { page, assertClean, close } = await openConsole(`${api.url}/health`, { expected });
    await page.getByText('live', { exact: true }).waitFor();
    await api.end('SIGKILL');
    // The frame is there: what it links to cannot be read.
    await page.getByRole('link', { name: 'Products' }).click();
    await page.getByRole('alert').filter({ hasText: 'this page comes back by itself' }).waitFor();
    await startAgain();
    await page.getByRole('table').first().waitFor();
    assertClean();
    await close();
  });
});

describe('The console behind a proxy that lets no events through', function () {
  this.timeout(120_000);
  let shop: ConsoleStack;
  before(async () => {
    shop = await consoleStack();
  });

  for (const [how, refuses] of [
    ['refuses them', true],
    ['keeps them to itself', false],
  ] as const) {
    it(`which ${how} reads anew each few seconds, and is live once they come`, async () => {
      const product = await makeProduct(shop.url);
      const order = await makeOrder(shop.url, { product_id: product.id, quantity: 1 });
      let isOpen = false;
      const { page, assertClean, close } = await openConsole(`${shop.url}/orders/${order.id}`, {
        expected: /status of 502/,
        between: async (request) => {
          if (!new URL(request.request().url()).pathname.startsWith('/api/events/') || isOpen)
            return request.continue();
          if (refuses) await request.fulfill({ status: 502, body: 'Bad gateway' });
        },
      });
      await page.getByText('every few seconds', { exact: true }).waitFor({ timeout: 60_000 });
      assert.equal(await page.getByRole('alert').count(), 0, 'the server answers');
      await moveOrder(shop.url, order.id, 'confirmed');
      await page.getByRole('button', { name: 'Start processing' }).waitFor({ timeout: 30_000 });
      isOpen = true;
      await page.getByText('live', { exact: true }).waitFor({ timeout: 60_000 });
      assertClean();
      await close();
    });
  }
});
