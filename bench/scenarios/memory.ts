import { sendAll } from '../load.ts';
import { measure } from '../measure.ts';
import { OrderSender } from '../orders.ts';
import type { Row, Scenario } from '../scenario.ts';
import { spreadOf } from '../stock.ts';
import { systemNames } from '../system.ts';
import { residentMb } from '../usage.ts';

/** What it costs to have many orders open: memory of worker and API (of bare: its server), and whether new orders become slower. */
export const memory: Scenario = {
  name: 'memory',
  description:
    'memory of worker and API, and placing with 1 in flight, before and behind 10,000 open orders (plain: 1,000, which take it as long)',
  systems: systemNames,
  async run(context) {
    const { say, scenario, signal, quick } = context;
    const rows: Row[] = [];
    for (const system of context.systems.of(scenario.systems)) {
      const all = quick ? 100 : 10_000;
      const count = system.name === 'plain' ? all / 10 : all;
      const { place } = OrderSender.overProducts(system, await spreadOf(system));
      const look = async (what: string): Promise<void> => {
        say(`${system.name}: ${what}`);
        const { figures } = await measure(context, system, { inFlight: 1 }, place, (status) => status === 201);
        const more = { 'app MB': residentMb(system.parts.app) };
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
