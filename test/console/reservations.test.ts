import assert from 'node:assert/strict';
import { consoleStack, makeProduct, openConsole } from '../support/console.ts';
import { send } from '../support/http.ts';
import { until } from '../support/until.ts';

describe('Reservations in the console', function () {
  this.timeout(120_000);

  for (const [action, done] of [
    ['Confirm', 'confirmed'],
    ['Release', 'released'],
  ] as const) {
    it(`leave the keyboard where it is told that one was ${done}, since its buttons are gone`, async () => {
      const { url } = await consoleStack();
      const product = await makeProduct(url);
      const body = { product_id: product.id, quantity: 1 };
      assert.equal((await send(url, 'POST', '/api/reservations/', { body })).status, 201);
      const { page, assertClean, close } = await openConsole(`${url}/reservations?product_id=${product.id}`);
      const button = page.getByRole('button', { name: new RegExp(`^${action} reservation`) });
      await button.click();
      await page.getByRole('dialog').getByRole('button', { name: action }).click();
      await button.waitFor({ state: 'detached' });
      const told = page.getByRole('status').filter({ hasText: `was ${done}` });
      await until(() => told.evaluate((place) => place.ownerDocument.activeElement === place));
      assertClean();
      await close();
    });
  }
});
