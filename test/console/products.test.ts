import assert from 'node:assert/strict';
import { consoleStack, makeOrder, makeProduct, openConsole } from '../support/console.ts';
import { send } from '../support/http.ts';

describe('Products in the console', function () {
  this.timeout(120_000);
  let url: string;
  before(async () => {
    ({ url } = await consoleStack());
  });

  it('are made, changed, counted and moved, and what they are is explained', async () => {
    await send(url, 'POST', '/api/warehouses/', { body: { code: 'SHOP-EAST', name: 'East' } });
    const { page, assertClean, close } = await openConsole(`${url}/products`, { expected: /status of 409/ });
    await page.getByRole('button', { name: 'New product' }).click();
    const making = page.getByRole('dialog', { name: 'New product' });
    await making.getByLabel('Name').fill('Folding chair');
    await making.getByLabel('Price in USD').fill('49.5');
    await making.getByLabel('SKU (optional)').fill('CHAIR-7');
    await making.getByLabel('Low-stock threshold (optional)').fill('5');
    await making.getByLabel(/^MAIN/).fill('12');
    await making.getByRole('button', { name: 'Create product' }).click();
    await page.getByRole('heading', { level: 1, name: 'CHAIR-7' }).waitFor();

    await page.getByRole('button', { name: 'Edit product' }).click();
    const editing = page.getByRole('dialog');
    await editing.getByLabel('Name').fill('Folding chair, oak');
    await editing.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('Folding chair, oak').first().waitFor();

    await page.getByRole('button', { name: 'Adjust stock' }).click();
    const adjusting = page.getByRole('dialog');
    await adjusting.getByLabel(/^Units more/).fill('-4');
    await adjusting.getByLabel('Reason').fill('broken in transit');
    await adjusting.getByRole('button', { name: 'Adjust', exact: true }).click();
    await page.getByRole('table', { name: 'Movements' }).getByText('broken in transit').waitFor();

    await page.getByRole('button', { name: 'Transfer stock' }).click();
    const moving = page.getByRole('dialog');
    await moving.getByLabel('To').selectOption('SHOP-EAST');
    await moving.getByLabel('Units').fill('3');
    await moving.getByLabel('Reason').fill('for the opening');
    await moving.getByRole('button', { name: 'Transfer', exact: true }).click();
    const stock = page.getByRole('table', { name: 'Stock by warehouse' });
    await stock.getByRole('row').filter({ hasText: 'SHOP-EAST' }).filter({ hasText: '3' }).waitFor();

    // Nobody takes what is not there, and the page says what is.
    await page.getByRole('button', { name: 'Adjust stock' }).click();
    await adjusting.getByLabel(/^Units more/).fill('-100');
    await adjusting.getByLabel('Reason').fill('a mistake');
    await adjusting.getByRole('button', { name: 'Adjust', exact: true }).click();
    await adjusting
      .getByRole('alert')
      .filter({ hasText: 'That would take units that are reserved or not there' })
      .waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Adjust stock' }).and(page.locator(':focus')).waitFor();
    assertClean();
    await close();
  });

  it('show what somebody else sells at once, and that a product is low', async () => {
    const product = await makeProduct(url, { sku: 'LOW-7', total_stock: 6, low_stock_threshold: 4 });
    const list = await openConsole(`${url}/products?q=LOW-7`);
    const row = list.page.getByRole('row').filter({ hasText: 'LOW-7' });
    await row.filter({ hasText: '6' }).waitFor();
    await list.page.getByText('live', { exact: true }).waitFor();
    const overview = await openConsole(`${url}/`);
    // A short hold: the overview names those that end first.
    await makeOrder(url, { product_id: product.id, quantity: 2, hold_seconds: 40 });
    await row.getByText('low', { exact: true }).waitFor();
    assert.match((await row.getAttribute('class')) ?? '', /changed/);
    await overview.page.getByRole('region', { name: 'Low' }).getByRole('link', { name: 'LOW-7' }).waitFor();
    await overview.page
      .getByRole('region', { name: 'Holds ending soon' })
      .getByRole('link', { name: 'LOW-7' })
      .waitFor();
    const log = await openConsole(`${url}/audit-log?object_id=${product.id}`);
    await log.page.getByRole('cell', { name: 'low stock', exact: true }).waitFor();
    for (const opened of [list, overview, log]) {
      opened.assertClean();
      await opened.close();
    }
  });
});
