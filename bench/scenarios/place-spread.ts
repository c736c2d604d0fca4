import { historiesOf } from '../history.ts';
import { manyInFlight, measure, type Measurement, type Pace } from '../measure.ts';
import { OrderSender } from '../orders.ts';
import type { BenchContext, Row, Scenario } from '../scenario.ts';
import { spreadOf } from '../stock.ts';
import { systemNames, type System } from '../system.ts';

/** Orders whose histories are read. */
const sample = 20;

/** Orders of one unit of one of many products, so that hardly any two want the same one at a time. */
export const placeSpread: Scenario = {
  name: 'place-spread',
  description: 'orders over 1,000 products: 1, 16 and 64 in flight, then at 50 % and 80 % of the capacity',
  systems: systemNames,
  async run(context) {
    const rows: Row[] = [];
    const spread = new Map<System, OrderSender>();
    for (const system of context.systems.of(context.scenario.systems)) {
      context.say(`${system.name}: setting up 1,000 products`);
      spread.set(system, OrderSender.overProducts(system, await spreadOf(system)));
    }
    const capacity = new Map<System, number>();
    const many = manyInFlight(context);
    for (const inFlight of context.quick ? [1, many] : [1, many, 64]) {
      for (const [system, sender] of spread) {
        const { measured, row } = await place(context, system, sender, { inFlight }, `${inFlight} in flight`);
        rows.push(row);
        if (inFlight === many) capacity.set(system, measured.perSecond);
      }
    }
    for (const share of context.quick ? [0.8] : [0.5, 0.8]) {
      for (const [system, sender] of spread) {
        const rate = (capacity.get(system) ?? 0) * share;
        // Nothing was placed at all: the rows above say so.
        if (rate === 0) continue;
        rows.push((await place(context, system, sender, { rate }, `${share * 100} % of capacity`)).row);
      }
    }
    return rows;
  },
};

async function place(
  context: BenchContext,
  system: System,
  sender: OrderSender,
  pace: Pace,
  what: string,
): Promise<Pick<Measurement, 'measured'> & { readonly row: Row }> {
  context.say(`${system.name}: ${what}`);
  const { measured, figures } = await measure(context, system, pace, sender.place, (status) => status === 201);
  const history = await historiesOf(system, sender.lastIds(sample));
  return {
    measured,
    row: { scenario: context.scenario.name, what, system: system.name, figures: { ...figures, ...history } },
  };
}
