import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { consoleStack, makeOrder, makeProduct, moveOrder, openConsole } from '../support/console.ts';
import { send } from '../support/http.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe('Every view of the console', function () {
  this.timeout(120_000);
  let url: string;
  /** Addresses by what they show; those with ids are known once there are such things. */
  let addresses: Readonly<Record<string, string>>;

  before(async () => {
    ({ url } = await consoleStack());
    const lamp = await makeProduct(url, { sku: 'VIEW-1', total_stock: 5, low_stock_threshold: 4 });
    const order = await makeOrder(url, { product_id: lamp.id, quantity: 2, reference: 'every-view' });
    const sold = await makeOrder(url, { product_id: lamp.id, quantity: 1 });
    await moveOrder(url, sold.id, 'confirmed', 'processing', 'shipped', 'delivered');
    const few = await makeProduct(url, { sku: 'VIEW-2', total_stock: 1 });
    await makeOrder(url, { product_id: few.id, quantity: 1 });
    const waiting = await makeOrder(url, { product_id: few.id, quantity: 1, on_shortage: 'wait' });
    await send(url, 'POST', '/api/reservations/', { body: { product_id: lamp.id, quantity: 1 } });
    addresses = {
      'the overview': '/',
      products: '/products',
      'a product': `/products/${lamp.id}`,
      orders: '/orders?status=pending,delivered',
      'a pending order': `/orders/${order.id}`,
      'a delivered order': `/orders/${sold.id}`,
      'a waiting order': `/orders/${waiting.id}`,
      'placing an order': `/place-order?product_id=${lamp.id}`,
      reservations: '/reservations',
      'waiting lists': '/waiting-lists',
      'a waiting list': `/waiting-lists?product_id=${few.id}`,
      'the audit log': '/audit-log',
      health: '/health',
      'nothing found': '/orders?reference=nobody-has-this',
      'no such order': '/orders/01985b3e-7a10-7c3e-8f5a-000000000000',
      'a filter that is not one': '/orders?min_total=much',
    };
  });

  const names = [
    ...['the overview', 'products', 'a product', 'orders', 'a pending order', 'a delivered order', 'a waiting order'],
    ...['placing an order', 'reservations', 'waiting lists', 'a waiting list', 'the audit log', 'health'],
    ...['nothing found', 'no such order', 'a filter that is not one'],
  ];

  for (const name of names) {
    // Chromium logs each answer that is an error by itself; the page says what it means.
    const expected = /Failed to load resource: the server responded with a status of (404|400)/;

    for (const colorScheme of ['light', 'dark'] as const) {
      it(`can be used by everybody, logs no error and asks nobody else: ${name}, ${colorScheme}`, async () => {
        const { page, assertClean, close } = await openConsole(`${url}${addresses[name]}`, { colorScheme, expected });
        await settled(page);
        assert.deepEqual(await violations(page), []);
        assertClean();
        await close();
      });
    }

    it(`fits a window of 380 pixels, and moves nothing while it loads: ${name}`, async () => {
      const viewport = { width: 380, height: 800 };
      const { page, assertClean, close } = await openConsole(`${url}${addresses[name]}`, {
        viewport,
        expected,
        before: watchShifts,
      });
      await settled(page);
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
      const shift = await page.evaluate<number>('shift');
      assert.ok(wide <= viewport.width, `The page is ${wide} pixels wide.`);
      assert.ok(shift <= 0.05, `What is on the page moved by ${shift}.`);
      assertClean();
      await close();
    });

    it(`moves nothing while it loads in a wide window: ${name}`, async () => {
      const { page, close } = await openConsole(`${url}${addresses[name]}`, { before: watchShifts });
      await settled(page);
      const shift = await page.evaluate<number>('shift');
      assert.ok(shift <= 0.05, `What is on the page moved by ${shift}.`);
      await close();
    });
  }
});

/** Sums up how far what is on the page moves by itself (cumulative layout shift). */
const watchShifts = `
  globalThis.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) globalThis.shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

/** Waits until a view has what it shows: it is live and nothing is being loaded any more. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByText('live', { exact: true }).waitFor();
  await page.locator('main > :nth-child(2)').waitFor({ state: 'attached' });
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
}

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate<AxeResults>('axe.run()');
  return found.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
  );
}
