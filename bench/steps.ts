import { historiesOf } from './history.ts';
import { manyInFlight, measure } from './measure.ts';
import { longestHold } from './orders.ts';
import type { Row, Scenario } from './scenario.ts';
import { orderIdIn } from './shop.ts';
import { spreadOf } from './stock.ts';
import { systemNames, type System } from './system.ts';

/** Orders whose histories are read. */
const sample = 20;

/** A scenario in which each order is placed and then moved through some states; its latency is that of all of it. */
export function stepsScenario({
  steps,
  ...named
}: Pick<Scenario, 'name' | 'description'> & { readonly steps: readonly string[] }): Scenario {
  return {
    ...named,
    systems: systemNames,
    async run(context) {
      const rows: Row[] = [];
      const inFlight = manyInFlight(context);
      // So that a whole order, which takes several times as long as placing one, is through in a quick one.
      const seconds = context.quick && steps.length > 1 ? context.seconds * 2 : context.seconds;
      for (const system of context.systems.of(context.scenario.systems)) {
        context.say(`${system.name}: setting up 1,000 products`);
        const walk = walkOf(system, await spreadOf(system), steps);
        const what = `${inFlight} in flight`;
        context.say(`${system.name}: ${what}`);
        const { figures } = await measure(
          { ...context, seconds },
          system,
          { inFlight },
          walk.send,
          (status) => status === 200,
        );
        const history = await historiesOf(system, walk.done.slice(-sample));
        rows.push({ scenario: named.name, what, system: system.name, figures: { ...figures, ...history } });
      }
      return rows;
    },
  };
}

function walkOf({ shop }: System, products: readonly string[], steps: readonly string[]) {
  const done: string[] = [];
  let n = 0;
  const send = async (): Promise<number> => {
    n += 1;
    const body = { product_id: products[n % products.length], quantity: 1, hold_seconds: longestHold };
    const placed = await shop.post('/api/create-order/', body);
    const id = orderIdIn(placed);
    if (placed.status !== 201 || id === undefined) return placed.status;
    let status = 0;
    for (const new_status of steps) {
      ({ status } = await shop.post(`/api/orders/${id}/transition/`, { new_status }));
      if (status !== 200) return status;
    }
    done.push(id);
    return status;
  };
  return { send, done };
}
