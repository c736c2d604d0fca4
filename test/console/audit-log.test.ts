import assert from 'node:assert/strict';
import { dayOf, endOfDay, startOfDay } from '../../src/console/parts/local-day.ts';
import { consoleStack, makeProduct, openConsole } from '../support/console.ts';

describe('The audit log in the console', function () {
  this.timeout(120_000);

  it('is filtered by days of the reader, which the address holds as moments by the names of the API', async () => {
    const { url } = await consoleStack();
    const { id, sku, created_at: at } = await makeProduct(url);
    const day = dayOf(at) ?? '';
    const opened = await openConsole(`${url}/audit-log?object_id=${id}`, {
      timezoneId: Intl.DateTimeFormat().resolvedOptions().timeZone,
    });
    const { page, assertClean, close } = opened;
    const row = page.getByRole('row').filter({ hasText: 'product created' }).filter({ hasText: sku });
    await row.waitFor();
    await page.getByLabel('To day').fill(day);
    await page.getByLabel('From day').fill(day);
    await page.waitForURL(/start_date=/);
    const { searchParams } = new URL(page.url());
    assert.equal(searchParams.get('start_date'), startOfDay(day));
    assert.equal(searchParams.get('end_date'), endOfDay(day));
    await row.waitFor();

    const dayAfter = dayOf(endOfDay(day) ?? '') ?? '';
    await page.getByLabel('To day').fill('');
    await page.getByLabel('From day').fill(dayAfter);
    await page.getByText('No entry of the audit log is like that').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await row.waitFor();
    assert.equal(new URL(page.url()).search, '');
    assertClean();
    await close();
  });
});
