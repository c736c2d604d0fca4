import { consoleStack, openConsole, startApiProcess } from '../support/console.ts';

describe('Health in the console', function () {
  this.timeout(120_000);

  it('says that all is well, looks when it is told to, and what came of it', async () => {
    const { url } = await consoleStack();
    const { page, assertClean, close } = await openConsole(`${url}/health`);
    await page.getByRole('status', { name: 'How it is' }).filter({ hasText: 'All is well' }).waitFor();
    await page.getByRole('table', { name: 'List of workers' }).getByText('workflows and activities').first().waitFor();
    const books = page.getByRole('region', { name: 'Do the books agree?' });
    await books.getByRole('button', { name: 'Verify the database now' }).click();
    await page.getByRole('region', { name: 'as it was verified' }).getByText('everything agrees').waitFor();
    await books.getByRole('button', { name: 'Look now' }).click();
    await books.getByText('It has looked; this is what it found.').waitFor({ timeout: 60_000 });
    assertClean();
    await close();
  });

  it('says what to do when Temporal cannot be reached', async () => {
    const stack = await consoleStack();
    // Its own API keeps its connection; what Temporal does not answer is played by the browser.
    const api = await startApiProcess(stack);
    const { page, close } = await openConsole('about:blank');
    await page.route('**/api/system/', async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as { data: object };
      const down = { status: 'down', detail: 'Temporal cannot be reached.' };
      const dependencies = { database: { status: 'up', detail: null }, temporal: down };
      await route.fulfill({
        response,
        json: { ...body, data: { ...body.data, dependencies, workers: null, schedules: null } },
      });
    });
    await page.goto(`${api.url}/health`);
    await page.getByRole('status', { name: 'How it is' }).filter({ hasText: 'What to do:' }).waitFor();
    await close();
    await api.end('SIGTERM');
  });
});
