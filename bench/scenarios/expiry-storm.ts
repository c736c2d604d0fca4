import { setTimeout as delay } from 'node:timers/promises';
import { sendAll } from '../load.ts';
import { measure } from '../measure.ts';
import { OrderSender } from '../orders.ts';
import { quantiles } from '../percentiles.ts';
import { WrongResult, type BenchContext, type Row, type Scenario } from '../scenario.ts';
import { makeProducts, spreadOf } from '../stock.ts';
import { systemNames, type System } from '../system.ts';

const inFlight = 16;
/** Orders that are placed first to find out how long all will take. */
const trials = { whole: 40, quick: 20 } as const;
/** So much longer than that it may take, and so many milliseconds more. */
const margin = { factor: 1.6, ms: 4_000, quickMs: 2_000 } as const;
/** New orders come at this share of what could be placed. */
const share = 0.3;
/** For the last hold to end, after which something is broken. */
const patienceMs = 120_000;

/** Many holds end in the same second, while others go on ordering. */
export const expiryStorm: Scenario = {
  name: 'expiry-storm',
  description: '2,000 holds that end in the same second: how late each ends, and what new orders feel of it',
  systems: systemNames,
  async run(context) {
    const rows: Row[] = [];
    for (const system of context.systems.of(context.scenario.systems)) {
      rows.push(...(await storm(context, system, context.quick ? 40 : 2_000)));
    }
    return rows;
  },
};

async function storm(context: BenchContext, system: System, holds: number): Promise<Row[]> {
  const { say, scenario, signal } = context;
  say(`${system.name}: setting up 1,001 products`);
  const others = await spreadOf(system);
  const [held = ''] = await makeProducts(system, 1);
  const { place } = OrderSender.overProducts(system, others);
  const trial = context.quick ? trials.quick : trials.whole;
  const trialAnswers = await sendAll(place, trial, inFlight, signal);
  const perSecond = (trial * 1000) / Math.max(...trialAnswers.map(({ atMs }) => atMs));
  const rate = perSecond * share;
  const newOrders = (what: string) => {
    say(`${system.name}: new orders ${what}, ${rate.toFixed(1)}/s`);
    return measure(context, system, { rate }, place, (status) => status === 201);
  };
  const calm = await newOrders('before');

  say(`${system.name}: placing ${holds} holds that end together`);
  const marginMs = context.quick ? margin.quickMs : margin.ms;
  const endAt = Date.now() + (holds / perSecond) * 1000 * margin.factor + marginMs;
  const sender = new OrderSender(system, () => ({
    product_id: held,
    quantity: 1,
    hold_seconds: Math.max(1, Math.ceil((endAt - Date.now()) / 1000)),
    reference: stormReference,
  }));
  const placed = await sendAll(sender.place, holds, inFlight, signal);
  const good = placed.filter(({ status }) => status === 201).length;
  // The warm-up of the measurement is over as the first of them end.
  await delay(Math.max(0, endAt - Date.now() - context.seconds * 300), undefined, { signal });
  const rough = await newOrders('meanwhile');
  const ended = await endedOf(system, good, held, signal);

  const row = (what: string, figures: Row['figures']): Row => ({
    scenario: scenario.name,
    what,
    system: system.name,
    figures,
  });
  const late = ended.map(({ late }) => late);
  const due = ended.map(({ due }) => due);
  // More than a second: placing them took longer than was thought, and the storm was none.
  const within = (Math.max(...due) - Math.min(...due)) / 1000;
  const more = { holds: good, 'due within s': within, 'latest ms': Math.max(...late) };
  return [
    row('new orders before', calm.figures),
    row('new orders meanwhile', rough.figures),
    row('lateness', { ...quantiles(late), more }),
  ];
}

/** A hold that has ended: when it was to, and how much later it did, in milliseconds. */
interface Ended {
  readonly due: number;
  readonly late: number;
}

const stormReference = 'storm';

/**
 * Waits until every hold has ended, and tells by the audit log when each did.
 * @throws WrongResult when one does not
 */
async function endedOf(
  { db, name }: System,
  expected: number,
  productId: string,
  signal: AbortSignal,
): Promise<Ended[]> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await db.raw<{ rows: Ended[] }>(
      `SELECT extract(epoch FROM a.at - o.expires_at)::float8 * 1000 AS late,
              extract(epoch FROM o.expires_at)::float8 * 1000 AS due
         FROM orders o
         JOIN order_lines l ON l.order_id = o.id AND l.product_id = ?
         JOIN audit_log a ON a.object_id = o.id::text AND a.object_type = 'Order' AND a.new_value->>'status' = 'cancelled'
        WHERE o.reference = ?`,
      [productId, stormReference],
    );
    if (rows.length >= expected) return rows;
    if (Date.now() > giveUpAt) {
      throw new WrongResult(`${name}: only ${rows.length} of ${expected} holds ended within ${patienceMs / 1000} s.`);
    }
    await delay(250);
  }
}
