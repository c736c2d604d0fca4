import assert from 'node:assert/strict';
import { consoleStack, makeOrder, makeProduct, moveOrder, openConsole, type ConsoleStack } from '../support/console.ts';
import { until } from '../support/until.ts';

describe('The console while a page of it is read', function () {
  this.timeout(120_000);
  let shop: ConsoleStack;

  before(async () => {
    shop = await consoleStack();
  });

  it('misses nothing that happens between what it reads first and its connection', async () => {
    const product = await makeProduct(shop.url);
    const order = await makeOrder(shop.url, { product_id: product.id, quantity: 1 });
    const { page, assertClean, close } = await openConsole(`${shop.url}/health`);
    await page.getByText('live', { exact: true }).waitFor();
    let connect = (): void => undefined;
    const mayConnect = new Promise<void>((resolve) => (connect = resolve));
    await page.route('**/api/events/**', async (route) => {
      await mayConnect;
      await route.continue();
    });
    await page.goto(`${shop.url}/orders/${order.id}`);
    await page.getByRole('button', { name: 'Confirm' }).waitFor();
    await moveOrder(shop.url, order.id, 'confirmed');
    connect();
    await page.getByRole('button', { name: 'Start processing' }).waitFor();
    assertClean();
    await close();
  });

  it('shows an overview that takes longer to read than it is read again', async () => {
    const { page, assertClean, close } = await openConsole(`${shop.url}/health`);
    let answered = 0;
    await page.route('**/api/overview/**', async (route) => {
      const answer = await route.fetch();
      // Longer than the page waits between two readings.
      await page.waitForTimeout(4_000);
      answered += 1;
      await route.fulfill({ response: answer }).catch(() => undefined);
    });
    await page.getByRole('link', { name: 'Overview' }).click();
    await until(() => answered > 0, 30_000);
    await page.getByRole('heading', { name: 'Orders over time' }).waitFor({ timeout: 3_000 });
    assert.equal(await page.getByRole('alert').count(), 0);
    assertClean();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await close();
  });

  it('takes what a proxy answers for no answer, and asks again', async () => {
    const product = await makeProduct(shop.url, { sku: 'BEHIND-1' });
    const { page, assertClean, close } = await openConsole(`${shop.url}/health`, { expected: /status of 502/ });
    await page.route(
      `**/api/products/${product.id}/`,
      (route) => route.fulfill({ status: 502, json: { message: 'Bad gateway' } }),
      { times: 1 },
    );
    await page.goto(`${shop.url}/products/${product.id}`);
    await page.getByText('The server does not answer').first().waitFor();
    await page.getByText('BEHIND-1').first().waitFor();
    assertClean();
    await close();
  });

  it('works in a browser that keeps nothing for it', async () => {
    const { page, assertClean, close } = await openConsole(`${shop.url}/health`, {
      before: `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } });`,
    });
    const name = page.getByLabel('Your name in the audit log');
    await name.fill('Bert');
    await name.blur();
    await page.getByRole('link', { name: 'Products' }).click();
    assert.equal(await name.inputValue(), 'Bert');
    assertClean();
    await close();
  });
});
