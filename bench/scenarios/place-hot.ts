import { measure } from '../measure.ts';
import { OrderSender } from '../orders.ts';
import type { Row, Scenario } from '../scenario.ts';
import { makeProducts } from '../stock.ts';
import { systemNames } from '../system.ts';

const inFlight = 16;

/** Everybody wants the same product, so that each order waits for the lock of the one before. */
export const placeHot: Scenario = {
  name: 'place-hot',
  description: 'orders of one product, 16 in flight, against orders over 1,000 products',
  systems: systemNames,
  async run(context) {
    const rows: Row[] = [];
    for (const system of context.systems.of(context.scenario.systems)) {
      context.say(`${system.name}: making 1,001 products`);
      const products = await makeProducts(system, 1_001);
      const rates: number[] = [];
      for (const [what, of] of [
        ['1,000 products', products.slice(1)],
        ['one product', products.slice(0, 1)],
      ] as const) {
        context.say(`${system.name}: ${what}`);
        const { place } = OrderSender.overProducts(system, of);
        const { measured, figures } = await measure(context, system, { inFlight }, place, (status) => status === 201);
        rates.push(measured.perSecond);
        const [spread = 0, hot] = rates;
        const more = hot === undefined ? {} : { more: { 'of the rate over 1,000': spread > 0 ? hot / spread : null } };
        rows.push({ scenario: context.scenario.name, what, system: system.name, figures: { ...figures, ...more } });
      }
    }
    return rows;
  },
};
