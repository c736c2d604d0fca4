import { historiesOf } from '../history.ts';
import { manyInFlight, measure } from '../measure.ts';
import { longestHold, OrderSender } from '../orders.ts';
import type { Row, Scenario } from '../scenario.ts';
import { makeProducts, openWarehouses } from '../stock.ts';
import { systemNames, type System } from '../system.ts';

const codes = ['MAIN', 'EAST', 'NORTH', 'SOUTH'] as const;
const productsEach = 100;
const plenty = 100_000_000;

/** Large orders over several warehouses; one in a hundred wants something that is not there, and is refused as a whole. */
export const multiLine: Scenario = {
  name: 'multi-line',
  description: '5 to 15 lines over four warehouses, 1 % short, 16 in flight',
  systems: systemNames,
  async run(context) {
    const rows: Row[] = [];
    const inFlight = manyInFlight(context);
    for (const system of context.systems.of(context.scenario.systems)) {
      context.say(`${system.name}: making ${codes.length * productsEach + 1} products in ${codes.length} warehouses`);
      const sender = await largeOrders(system);
      const what = `5–15 lines, ${inFlight} in flight`;
      context.say(`${system.name}: ${what}`);
      const isGood = (status: number) => status === 201 || status === 409;
      const { measured, figures } = await measure(context, system, { inFlight }, sender.place, isGood);
      const history = await historiesOf(system, sender.lastIds(20));
      const more = { refused: measured.statuses[409] ?? 0 };
      rows.push({
        scenario: context.scenario.name,
        what,
        system: system.name,
        figures: { ...figures, ...history, more },
      });
    }
    return rows;
  },
};

async function largeOrders(system: System): Promise<OrderSender> {
  await openWarehouses(system, codes);
  const products: string[] = [];
  // Each product lies in one of them, so that an order has to look in several.
  for (const code of codes) products.push(...(await makeProducts(system, productsEach, { [code]: plenty })));
  const [missing = ''] = await makeProducts(system, 1, { MAIN: 0 });
  let n = 0;
  return new OrderSender(system, () => {
    n += 1;
    const lines = 5 + (n % 11);
    // 37 has no divisor in common with the number of products: lines of one order are of different ones.
    const wanted = Array.from({ length: lines }, (_, line) => products[(n * 101 + line * 37) % products.length]);
    if (n % 100 === 0) wanted[0] = missing;
    return { items: wanted.map((product_id) => ({ product_id, quantity: 1 })), hold_seconds: longestHold };
  });
}
