import { measureReads } from '../measure-reads.ts';
import type { Scenario } from '../scenario.ts';
import { spreadOf } from '../stock.ts';
import { systemNames } from '../system.ts';

const rate = 50;

/** The catalogue: its first page, a search that finds nothing, and the products of a few SKUs. */
export const listProducts: Scenario = {
  name: 'list-products',
  description: `pages of 1,000 products and more, ${rate} requests a second`,
  systems: systemNames,
  async run(context) {
    const systems = context.systems.of(context.scenario.systems);
    for (const system of systems) {
      context.say(`${system.name}: setting up 1,000 products`);
      await spreadOf(system);
    }
    return measureReads(
      context,
      systems,
      { rate },
      {
        'first page': () => '/api/products/',
        'search for nothing': () => '/api/products/?q=no-such-product',
        'three SKUs': () => '/api/products/?sku=A-1,A-2,A-3',
      },
    );
  },
};
