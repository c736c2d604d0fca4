import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { consoleStack, makeOrder, makeProduct, openConsole } from '../support/console.ts';

describe('The console by keyboard', function () {
  this.timeout(60_000);
  let url: string;
  before(async () => {
    ({ url } = await consoleStack());
  });

  const focused = (page: Page): Promise<string> =>
    page.evaluate<string>(`document.activeElement.getAttribute('aria-label') || document.activeElement.textContent`);

  it('begins with a way past the menu, and shows where one is', async () => {
    const { page, close } = await openConsole(`${url}/products`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Earmark', exact: true }).focus();
    await page.keyboard.press('Shift+Tab');
    assert.equal(await focused(page), 'Skip to the content');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Earmark');
    const outline = await page.evaluate<string>(`getComputedStyle(document.activeElement).outlineStyle`);
    assert.equal(outline, 'solid');
    await close();
  });

  it('goes to another view and on from its heading', async () => {
    const { page, close } = await openConsole(`${url}/`);
    await page.getByRole('link', { name: 'Products', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Products' }).and(page.locator(':focus')).waitFor();
    assert.equal(await page.title(), 'Products · Earmark');
    await close();
  });

  it('moves an order, gives up a dialog with Escape, and comes back to where it was opened', async () => {
    const product = await makeProduct(url);
    const order = await makeOrder(url, { product_id: product.id, quantity: 1 });
    const { page, assertClean, close } = await openConsole(`${url}/orders/${order.id}`);
    const cancel = page.getByRole('button', { name: 'Cancel order' });
    await cancel.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await cancel.and(page.locator(':focus')).waitFor();
    await page.getByRole('button', { name: 'Confirm' }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Start processing' }).waitFor();
    assertClean();
    await close();
  });

  it('tells times where one is, and in UTC on the mouse', async () => {
    const product = await makeProduct(url);
    const order = await makeOrder(url, { product_id: product.id, quantity: 1 });
    const { page, close } = await openConsole(`${url}/orders/${order.id}`, { timezoneId: 'Asia/Tokyo' });
    const time = page.locator(`time[datetime="${order.created_at}"]`).first();
    await time.waitFor();
    const there = new Intl.DateTimeFormat('en-US', {
      dateStyle: 'medium',
      timeStyle: 'medium',
      timeZone: 'Asia/Tokyo',
    });
    const plain = (text: string): string => text.replaceAll(/\s/g, ' ');
    assert.equal(plain(await time.innerText()), plain(there.format(new Date(order.created_at))));
    assert.equal(await time.getAttribute('title'), `${order.created_at.slice(0, 19).replace('T', ' ')} UTC`);
    await close();
  });
});
