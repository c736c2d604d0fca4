import { manyInFlight, measure } from '../measure.ts';
import { OrderSender } from '../orders.ts';
import type { Row, Scenario } from '../scenario.ts';
import { makeProducts, spreadOf } from '../stock.ts';
import { systemNames } from '../system.ts';

/** Everybody wants the same product, so that each order waits for the lock of the one before. */
export const placeHot: Scenario = {
  name: 'place-hot',
  description: 'orders of one product, 16 in flight, against orders over 1,000 products',
  systems: systemNames,
  async run(context) {
    const rows: Row[] = [];
    const inFlight = manyInFlight(context);
    for (const system of context.systems.of(context.scenario.systems)) {
      context.say(`${system.name}: setting up 1,001 products`);
      const spread = await spreadOf(system);
      const rates: number[] = [];
      for (const [wanted, of] of [
        ['1,000 products', spread],
        ['one product', await makeProducts(system, 1)],
      ] as const) {
        const what = `${wanted}, ${inFlight} in flight`;
        context.say(`${system.name}: ${what}`);
        const { place } = OrderSender.overProducts(system, of);
        const { measured, figures } = await measure(context, system, { inFlight }, place, (status) => status === 201);
        rates.push(measured.perSecond);
        const [usual = 0, hot] = rates;
        const more = hot === undefined ? {} : { more: { 'of the rate over 1,000': usual > 0 ? hot / usual : null } };
        rows.push({ scenario: context.scenario.name, what, system: system.name, figures: { ...figures, ...more } });
      }
    }
    return rows;
  },
};
