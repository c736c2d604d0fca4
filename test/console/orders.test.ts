import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { consoleStack, makeOrder, makeProduct, moveOrder, openConsole } from '../support/console.ts';

describe('Orders in the console', function () {
  this.timeout(120_000);
  let url: string;
  before(async () => {
    ({ url } = await consoleStack());
  });

  it('are placed on one page, by hand, and arrive on another that somebody else looks at, marked', async () => {
    const product = await makeProduct(url, { sku: 'FLOW-1', name: 'Standing lamp', price: '19.90' });
    const other = await openConsole(`${url}/orders?product_id=${product.id}`);
    await other.page.getByText('No order is like that').waitFor();
    await other.page.getByText('live', { exact: true }).waitFor();

    const mine = await openConsole(`${url}/place-order`);
    await mine.page.getByLabel('Product').fill('flow-1');
    await mine.page.getByRole('option', { name: /FLOW-1/ }).waitFor();
    await mine.page.keyboard.press('Enter');
    await mine.page
      .getByLabel(/Quantity|Units/)
      .first()
      .fill('3');
    await mine.page.getByLabel('Reference').fill('by-hand');
    // What would be sent from where is there before anything is ordered.
    await mine.page.getByText('MAIN').first().waitFor();
    await mine.page.getByRole('button', { name: 'Place order' }).click();
    await mine.page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
    await mine.page.getByRole('button', { name: 'Confirm' }).waitFor();

    const row = other.page.getByRole('row').filter({ hasText: 'by-hand' });
    await row.waitFor();
    assert.match((await row.getAttribute('class')) ?? '', /changed/);
    assert.match(await row.innerText(), /59\.70/);
    for (const { assertClean, close } of [mine, other]) {
      assertClean();
      await close();
    }
  });

  it('are confirmed, shipped and delivered, each step where somebody else can see it, and then offer none', async () => {
    const product = await makeProduct(url);
    const order = await makeOrder(url, { product_id: product.id, quantity: 2 });
    const other = await openConsole(`${url}/orders?product_id=${product.id}`);
    const { page, assertClean, close } = await openConsole(`${url}/orders/${order.id}`);
    const buttons = page.getByRole('group', { name: 'Steps' }).getByRole('button');
    for (const [offered, status] of [
      [['Confirm', 'Cancel order', 'Extend the hold'], 'confirmed'],
      [['Start processing', 'Cancel order'], 'processing'],
      [['Ship'], 'shipped'],
      [['Deliver'], 'delivered'],
    ] as const) {
      await page.getByRole('button', { name: offered[0] }).first().waitFor();
      assert.deepEqual(await buttons.allInnerTexts(), offered, `the steps before ${status}`);
      await page.getByRole('button', { name: offered[0] }).click();
      await page.getByRole('region', { name: 'State' }).getByText(status, { exact: true }).waitFor();
      await other.page.getByRole('row').filter({ hasText: status }).waitFor();
    }
    assert.deepEqual(await buttons.allInnerTexts(), [], 'the steps of a delivered order');
    // Who did it, and in the ledger what moved for it.
    await page.getByText('console', { exact: true }).first().waitFor();
    await page
      .getByRole('link', { name: `order-${order.id}` })
      .first()
      .waitFor();
    assertClean();
    await close();
    await other.close();
  });

  it('count down by the clock of the server, also where the browser is three hours off, and expire before ones eyes', async () => {
    const product = await makeProduct(url);
    const order = await makeOrder(url, { product_id: product.id, quantity: 1, hold_seconds: 8 });
    const { page, assertClean, close } = await openConsole(`${url}/orders/${order.id}`, {
      before: `const now = Date.now; Date.now = () => now() - 3 * 3_600_000;`,
    });
    const shown = page.getByRole('timer');
    await page.getByText('live', { exact: true }).waitFor();
    assert.match(await shown.innerText(), /^0:0[0-8]$/);
    await page.getByText('its hold ran out before it was confirmed').waitFor();
    await page.getByRole('button', { name: 'Place again and confirm' }).waitFor();
    const offered = await page.getByRole('group', { name: 'Steps' }).getByRole('button').allInnerTexts();
    assert.deepEqual(offered, ['Place again and confirm'], 'the steps of an expired order');
    assertClean();
    await close();
  });

  it('that wait are served when another one gives its units back', async () => {
    const product = await makeProduct(url, { total_stock: 1, sku: 'FLOW-WAIT' });
    const first = await makeOrder(url, { product_id: product.id, quantity: 1 });
    const waiting = await makeOrder(url, { product_id: product.id, quantity: 1, on_shortage: 'wait' });
    const watched = await openConsole(`${url}/orders/${waiting.id}`);
    await watched.page.getByText('number 1 in the waiting list').waitFor();
    assert.equal(await watched.page.getByRole('button', { name: 'Confirm' }).count(), 0);
    const lists = await openConsole(`${url}/waiting-lists?product_id=${product.id}`);
    await lists.page
      .getByRole('row')
      .filter({ hasText: waiting.id.slice(-8) })
      .waitFor();

    const { page, close } = await openConsole(`${url}/orders/${first.id}`);
    await page.getByRole('button', { name: 'Cancel order' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel order' }).click();
    await watched.page.getByRole('button', { name: 'Confirm' }).waitFor();
    await lists.page.getByText(/Nobody waits/).waitFor();
    for (const opened of [watched, lists]) {
      opened.assertClean();
      await opened.close();
    }
    await close();
  });

  it('say in words that somebody else was faster, and show what it is by now', async () => {
    const product = await makeProduct(url);
    const order = await makeOrder(url, { product_id: product.id, quantity: 1 });
    const { page, assertClean, close } = await openConsole(`${url}/orders/${order.id}`, { expected: /status of 409/ });
    await page.getByRole('button', { name: 'Confirm' }).waitFor();
    // What the other does is not told here before the button is pressed.
    await page.route(
      '**/transition/',
      async (route) => {
        await moveOrder(url, order.id, 'cancelled');
        await route.continue();
      },
      { times: 1 },
    );
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: 'The order is cancelled by now, so it cannot become confirmed' })
      .waitFor();
    await page.getByRole('region', { name: 'State' }).getByText('cancelled', { exact: true }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Confirm' }).count(), 0);
    assertClean();
    await close();
  });

  it('are filtered, sorted and paged; the address has all of it for somebody else, and exports the same', async () => {
    const product = await makeProduct(url, { sku: 'FLOW-PAGE', price: '1.00', total_stock: 10_000 });
    const orders = await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        makeOrder(url, {
          product_id: product.id,
          quantity: index + 1,
          reference: index === 3 ? '=cmd' : `page-${index}`,
        }),
      ),
    );
    await moveOrder(url, orders[0]?.id ?? '', 'confirmed');
    const { page, assertClean, close } = await openConsole(`${url}/orders`);
    await page.getByLabel('Product').fill('FLOW-PAGE');
    await page.getByRole('option', { name: /FLOW-PAGE/ }).click();
    await page.getByRole('button', { name: 'pending' }).click();
    await page.getByLabel('Sort').selectOption({ label: 'Largest total first' });
    await page.getByLabel('Total from').fill('2');
    // The rows are the same as before: a link that is clicked while they are drawn anew may be gone in the middle of it.
    const filtered = page.waitForResponse(/[?&]min_total=/);
    await page.keyboard.press('Enter');
    await filtered;
    await page.getByRole('row').filter({ hasText: 'page-24' }).waitFor();
    await page.getByRole('link', { name: 'Next page' }).click();
    // On the second page alone: the first one stays until that is there.
    await page.getByRole('row').filter({ hasText: 'page-4' }).waitFor();
    const rows = await page.getByRole('row').allInnerTexts();
    assert.equal(rows.length, 1 + 4);

    // A new order moves nothing here.
    await makeOrder(url, { product_id: product.id, quantity: 500, reference: 'page-late' });
    await page.getByRole('status').filter({ hasText: /order/ }).waitFor();
    assert.deepEqual(
      (await page.getByRole('row').allInnerTexts()).map((text) => text.split('\n')[0]),
      rows.map((text) => text.split('\n')[0]),
    );
    const shared = await openConsole(page.url());
    await shared.page.getByRole('row').filter({ hasText: 'page-1' }).first().waitFor();
    assert.equal(await shared.page.getByRole('row').count(), rows.length);
    await shared.close();

    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export' }).click();
    const file = await (await downloading).path();
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\r\n');
    // All pages: 24 of the 25, and the late one. The largest comes first.
    assert.equal(lines.length, 1 + 25);
    assert.match(lines[1] ?? '', /page-late/);
    assert.ok(lines.some((line) => line.includes("'=cmd")));
    await page.goBack();
    await page.getByRole('row').filter({ hasText: 'page-24' }).waitFor();
    assertClean();
    await close();
  });

  it('that there are not are named as what was looked for', async () => {
    const { page, close } = await openConsole(`${url}/orders/abc`);
    await page.getByRole('alert').filter({ hasText: 'There is no order abc; it may have been mistyped.' }).waitFor();
    await close();
  });
});
