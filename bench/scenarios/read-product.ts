import { sendAll } from '../load.ts';
import { measureReads } from '../measure-reads.ts';
import type { BenchContext, Row, Scenario } from '../scenario.ts';
import { startSecondApi } from '../second-api.ts';
import { quantiles } from '../percentiles.ts';
import { measureStaleness, promptMs } from '../staleness.ts';
import { spreadOf } from '../stock.ts';
import { systemNames, type System } from '../system.ts';

const inFlight = 16;
const sales = { whole: 300, quick: 30 } as const;

/** Details and availability, which a shop shows far more often than it sells, and how old they are behind a sale. */
export const readProduct: Scenario = {
  name: 'read-product',
  description:
    'reading 1,000 products in turn, each of which was read before, 16 in flight; and 300 sales at one API of Earmark, each with how long a ' +
    'second one still tells the old availability (the others read the row each time)',
  systems: systemNames,
  async run(context) {
    const systems = context.systems.of(context.scenario.systems);
    const wanted = context.quick ? 200 : 1_000;
    const next = new Map<System, () => string>();
    for (const system of systems) {
      context.say(`${system.name}: setting up 1,000 products`);
      const products = await spreadOf(system);
      let n = 0;
      const pathOfNext = () => `/api/products/${products[n++ % wanted]}/`;
      next.set(system, pathOfNext);
      // What is read for the first time is in no cache, and a short measurement would see nothing else.
      const read = async () => (await system.shop.get(pathOfNext())).status;
      await sendAll(read, wanted, inFlight, context.signal);
    }
    const rows = await measureReads(
      context,
      systems,
      { inFlight },
      {
        [`${inFlight} in flight`]: (system) => next.get(system)?.() ?? '',
      },
    );
    return [...rows, await staleness(context)];
  },
};

async function staleness({ systems, scenario, quick, say, signal }: BenchContext): Promise<Row> {
  const [earmark] = systems.of(['earmark']);
  if (earmark === undefined) throw new Error('Earmark was not started.');
  const second = await startSecondApi(systems.stack, signal);
  try {
    const count = quick ? sales.quick : sales.whole;
    say(`earmark: ${count} sales, read at a second API`);
    const { seen, failed } = await measureStaleness(earmark, second.shop, count, signal);
    const times = seen.map(({ newMs }) => newMs);
    const more = {
      'max ms': times.length === 0 ? null : Math.max(...times),
      [`over ${promptMs} ms`]: times.filter((ms) => ms > promptMs).length,
      'old behind the answer': seen.filter(({ oldMs }) => oldMs !== null).length,
      sales: times.length,
    };
    const figures = { ...quantiles(times), failed, more };
    return { scenario: scenario.name, what: 'staleness after a sale', system: 'earmark', figures };
  } finally {
    await second.stop();
  }
}
