// Makes the README's pictures of the console: npm run screenshots. They are the pages themselves as SVG, text and not pixels, so they are sharp
// at any size and light or dark as their reader is; only a chart in them is an image.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentWith } from '../../src/config.ts';
import { consoleStack, makeOrder, makeProduct, moveOrder, openConsole, type ConsoleStack } from '../support/console.ts';
import { entry } from '../support/entry.ts';
import { tearDown } from '../support/teardown.ts';

const folder = fileURLToPath(new URL('../../docs/console', import.meta.url));

const size = { width: 1180, height: 860 };

/** A page as an SVG: its markup, its values, and the rules of its style sheets that hold at this width. */
const asSvg = `(() => {
  const rulesOf = (rules) => [...rules].flatMap((rule) => {
    if (!(rule instanceof CSSMediaRule) || !/width/.test(rule.conditionText)) return [rule.cssText];
    return matchMedia(rule.conditionText).matches ? rulesOf(rule.cssRules) : [];
  });
  const css = [...document.styleSheets].flatMap((sheet) => rulesOf(sheet.cssRules)).join('\\n');
  const copy = document.body.cloneNode(true);
  const pairs = (selector) => {
    const copies = copy.querySelectorAll(selector);
    return [...document.body.querySelectorAll(selector)].map((original, index) => [original, copies[index]]);
  };
  for (const [canvas, copied] of pairs('canvas')) {
    const image = document.createElement('img');
    image.src = canvas.toDataURL();
    image.alt = '';
    image.setAttribute('style', 'width:' + canvas.clientWidth + 'px;height:' + canvas.clientHeight + 'px');
    copied.replaceWith(image);
  }
  for (const [input, copied] of pairs('input')) copied.setAttribute('value', input.value);
  for (const [select, copied] of pairs('select')) copied.options[select.selectedIndex]?.setAttribute('selected', '');
  for (const gone of copy.querySelectorAll('script, noscript, .skip')) gone.remove();
  const body = new XMLSerializer().serializeToString(copy);
  const page = '<html xmlns="http://www.w3.org/1999/xhtml">' + body + '</html>';
  const escaped = css.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return '<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}">'
    + '<style>' + escaped + '</style><foreignObject width="100%" height="100%">' + page + '</foreignObject></svg>\\n';
})()`;

async function seed({ env }: ConsoleStack): Promise<void> {
  const args = [...entry(), 'seed', '--products', '24', '--orders', '90'];
  const child = spawn(process.execPath, args, { env: environmentWith(env), stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error('The shop could not be filled.');
}

try {
  const shop = await consoleStack();
  await seed(shop);
  const { url } = shop;
  const lamp = await makeProduct(url, { sku: 'LAMP-1', name: 'Desk lamp', price: '39.90', total_stock: 40 });
  for (const quantity of [3, 5, 2]) {
    const { id } = await makeOrder(url, { product_id: lamp.id, quantity });
    if (quantity !== 2) await moveOrder(url, id, 'confirmed');
  }
  const order = await makeOrder(url, { product_id: lamp.id, quantity: 4, reference: 'cart-2041' });
  await mkdir(folder, { recursive: true });
  for (const [name, address] of [
    ['overview', '/?hours=1'],
    ['order', `/orders/${order.id}`],
    ['product', `/products/${lamp.id}`],
  ] as const) {
    const { page, close } = await openConsole(`${url}${address}`, { viewport: size });
    await page.getByText('live', { exact: true }).waitFor();
    await page.locator('main > :nth-child(2)').waitFor({ state: 'attached' });
    await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
    const file = path.join(folder, `${name}.svg`);
    await writeFile(file, await page.evaluate<string>(asSvg));
    console.log(path.relative(process.cwd(), file));
    await close();
  }
} finally {
  await tearDown();
}
