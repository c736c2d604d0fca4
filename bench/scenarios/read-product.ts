import { measure } from '../measure.ts';
import type { Scenario } from '../scenario.ts';
import { spreadOf } from '../stock.ts';

const inFlight = 16;

/** Details and availability, which a shop shows far more often than it sells. */
export const readProduct: Scenario = {
  name: 'read-product',
  description: 'reading 1,000 products in turn, 16 in flight',
  systems: ['earmark'],
  async run(context) {
    const [system] = context.systems.of(['earmark']);
    if (system === undefined) return [];
    context.say('making 1,000 products');
    const products = await spreadOf(system);
    let n = 0;
    const send = async () => {
      n += 1;
      return (await system.shop.get(`/api/products/${products[n % products.length]}/`)).status;
    };
    const what = `${inFlight} in flight`;
    context.say(what);
    const { figures } = await measure(context, system, { inFlight }, send, (status) => status === 200);
    return [{ scenario: context.scenario.name, what, system: system.name, figures }];
  },
};
