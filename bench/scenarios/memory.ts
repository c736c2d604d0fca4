import { sendAll } from '../load.ts';
import { measure } from '../measure.ts';
import { OrderSender } from '../orders.ts';
import type { Row, Scenario } from '../scenario.ts';
import { spreadOf } from '../stock.ts';
import { residentMb } from '../usage.ts';

/** What it costs to have many orders open: memory of worker and API, and whether new orders become slower. */
export const memory: Scenario = {
  name: 'memory',
  description: 'memory of worker and API, and placing with 1 in flight, before and behind 10,000 open orders',
  systems: ['earmark'],
  async run(context) {
    const { say, scenario, signal, quick } = context;
    const rows: Row[] = [];
    const count = quick ? 200 : 10_000;
    for (const system of context.systems.of(scenario.systems)) {
      const { place } = OrderSender.overProducts(system, await spreadOf(system));
      const look = async (what: string): Promise<void> => {
        say(`${system.name}: ${what}`);
        const { figures } = await measure(context, system, { inFlight: 1 }, place, (status) => status === 201);
        const more = { 'worker + API MB': residentMb(system.parts.app) };
        rows.push({ scenario: scenario.name, what, system: system.name, figures: { ...figures, more } });
      };
      await look('before');
      say(`${system.name}: placing ${count} orders`);
      await sendAll(place, count, 16, signal);
      await look(`behind ${count.toLocaleString('en')} open orders`);
    }
    return rows;
  },
};
