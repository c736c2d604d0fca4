import assert from 'node:assert/strict';
import { runCli } from '../support/cli.ts';
import {
  consoleStack,
  makeProduct,
  openConsole,
  startApiProcess,
  type ApiProcess,
  type ConsoleStack,
} from '../support/console.ts';

const expected = /status of 401/;

describe('The console of an API that asks for credentials', function () {
  this.timeout(120_000);
  let shop: ConsoleStack;
  let api: ApiProcess;
  let url: string;

  before(async () => {
    shop = await consoleStack();
    await makeKey('viewer', 'somebody-first');
    api = await startApiProcess(shop, { EARMARK_AUTH: 'required' });
    ({ url } = api);
  });
  after(() => api.end('SIGTERM'));

  async function makeKey(role: string, name: string): Promise<{ readonly key: string; readonly id: string }> {
    const { stdout } = await runCli(['keys', 'create', '--role', role, '--name', name], { ...shop.env });
    const key = stdout.find((line) => line.startsWith('earmark_')) ?? '';
    return { key, id: key.split('_')[1] ?? '' };
  }

  async function signedIn(address: string, key: string) {
    const opened = await openConsole(`${url}${address}`, { expected });
    await opened.page.getByLabel('API key').fill(key);
    await opened.page.keyboard.press('Enter');
    await opened.page.getByText('live', { exact: true }).waitFor();
    return opened;
  }

  it('asks for a key, refuses a wrong one in words, and then shows the view that the address names', async () => {
    const product = await makeProduct(shop.url, { sku: 'SIGNED-1' });
    const { key } = await makeKey('operator', 'anna');
    const { page, assertClean, close } = await openConsole(`${url}/products/${product.id}`, { expected });
    await page.getByLabel('API key').fill(`${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'sign in with another one' }).waitFor();
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('SIGNED-1').first().waitFor();
    await page.getByText('key:anna').waitFor();
    assertClean();
    await close();
  });

  it('keeps the key where no script can read it, and not when the browser is closed', async () => {
    const { key } = await makeKey('viewer', 'bert');
    const { page, close } = await signedIn('/', key);
    const cookies = await page.context().cookies();
    const [cookie] = cookies;
    assert.equal(cookies.length, 1);
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.expires], [true, 'Strict', -1]);
    assert.equal(await page.evaluate<string>('document.cookie'), '');
    assert.equal(await page.evaluate<number>('localStorage.length + sessionStorage.length'), 0);
    await page.reload();
    await page.getByText('key:bert').waitFor();
    await close();
  });

  it('signs out: what is gone is gone, also with the way back', async () => {
    const { key } = await makeKey('viewer', 'carla');
    const { page, close } = await signedIn('/products', key);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    assert.deepEqual(await page.context().cookies(), []);
    await page.reload();
    await page.getByLabel('API key').waitFor();
    assert.equal(await page.getByRole('table').count(), 0);
    await close();
  });

  it('asks for another key once this one is revoked', async () => {
    const { key, id } = await makeKey('viewer', 'dora');
    const { page, close } = await signedIn('/products', key);
    await runCli(['keys', 'revoke', id], { ...shop.env });
    await page.getByLabel('API key').waitFor();
    await close();
  });

  it('offers nothing that the role may not do', async () => {
    const product = await makeProduct(shop.url, { sku: 'ROLES-1' });
    const { key } = await makeKey('viewer', 'emil');
    const { page, close } = await signedIn(`/products/${product.id}`, key);
    await page.getByText('ROLES-1').first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Adjust stock' }).count(), 0);
    await close();
  });
});
