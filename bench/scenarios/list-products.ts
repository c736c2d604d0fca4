import { measure } from '../measure.ts';
import type { Row, Scenario } from '../scenario.ts';
import { spreadOf } from '../stock.ts';

const rate = 50;

/** The catalogue: its first page, a search that finds nothing, and the products of a few SKUs. */
export const listProducts: Scenario = {
  name: 'list-products',
  description: `pages of 1,000 products and more, ${rate} requests a second`,
  systems: ['earmark'],
  async run(context) {
    const [system] = context.systems.of(['earmark']);
    if (system === undefined) return [];
    context.say('making 1,000 products');
    await spreadOf(system);
    const rows: Row[] = [];
    for (const [what, query] of Object.entries({
      'first page': '',
      'search for nothing': '?q=no-such-product',
      'three SKUs': '?sku=A-1,A-2,A-3',
    })) {
      context.say(what);
      const send = async () => (await system.shop.get(`/api/products/${query}`)).status;
      const { figures } = await measure(context, system, { rate }, send, (status) => status === 200);
      rows.push({ scenario: context.scenario.name, what, system: system.name, figures });
    }
    return rows;
  },
};
