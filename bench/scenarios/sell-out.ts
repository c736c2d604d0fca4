import { setTimeout as delay } from 'node:timers/promises';
import { sendAll, type Answered } from '../load.ts';
import { cpuFigures } from '../measure.ts';
import { longestHold } from '../orders.ts';
import { quantiles } from '../percentiles.ts';
import { WrongResult, type BenchContext, type Row, type Scenario } from '../scenario.ts';
import { makeProducts, stockOf } from '../stock.ts';
import { systemNames, type System } from '../system.ts';
import { usageOf, usedBetween } from '../usage.ts';

const inFlight = 64;
/** Before a buyer who was turned away tries again. */
const pauseMs = 100;

/** Ten times as many buyers as there are units: each gets one, or hears that there is none, and no other answer will do. */
export const sellOut: Scenario = {
  name: 'sell-out',
  description: '10,000 buyers for 1,000 units of one product, 64 in flight (plain: a tenth of both)',
  systems: systemNames,
  async run(context) {
    const rows: Row[] = [];
    for (const system of context.systems.of(context.scenario.systems)) {
      const whole = context.quick ? 20 : 1_000;
      // It has a workflow for each refusal, and would take many minutes. Its rates are the same.
      const units = system.name === 'plain' ? whole / 10 : whole;
      rows.push(await sell(context, system, units, units * 10));
    }
    return rows;
  },
};

async function sell({ say, scenario, signal }: BenchContext, system: System, units: number, buyers: number) {
  const [product = ''] = await makeProducts(system, 1, { MAIN: units });
  say(`${system.name}: ${buyers} buyers, ${units} units`);
  let turnedAway = 0;
  const buy = async (): Promise<number> => {
    for (;;) {
      const body = { product_id: product, quantity: 1, hold_seconds: longestHold };
      const { status, body: said } = await system.shop.post('/api/create-order/', body);
      // Only where it is certain that nothing was begun: whoever is told "perhaps" would buy twice.
      const nothingBegun = status === 503 && !/\bmay (still )?be (placed|carried out)\b/.test(said);
      if (!nothingBegun) return status;
      turnedAway += 1;
      await delay(pauseMs);
      signal.throwIfAborted();
    }
  };
  const before = usageOf(system.parts);
  const answers = await sendAll(buy, buyers, inFlight, signal);
  const used = usedBetween(before, usageOf(system.parts));
  assertSold(answers, units, system.name);
  const { total, available, reserved } = await stockOf(system, product);
  if (available !== 0 || reserved !== units || total !== units) {
    throw new WrongResult(
      `${system.name}: of ${units} sold units ${available} are available and ${reserved} reserved.`,
    );
  }

  const soldOutMs = Math.max(...answers.filter(({ status }) => status === 201).map(({ atMs }) => atMs));
  const lastMs = Math.max(...answers.map(({ atMs }) => atMs));
  const refusals = answers.filter(({ status, atMs }) => status === 409 && atMs > soldOutMs);
  const row: Row = {
    scenario: scenario.name,
    what: 'refusals',
    system: system.name,
    figures: {
      perSecond: lastMs > soldOutMs ? (refusals.length * 1000) / (lastMs - soldOutMs) : null,
      ...quantiles(refusals.map(({ latencyMs }) => latencyMs)),
      failed: turnedAway,
      ...cpuFigures(used, buyers),
      more: { 'sold out after s': soldOutMs / 1000, 'last answer after s': lastMs / 1000, buyers },
    },
  };
  return row;
}

/** @throws WrongResult unless exactly as many were sold as there were, and everybody else was refused */
export function assertSold(answers: readonly Pick<Answered, 'status'>[], units: number, whose: string): void {
  const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
  const refused = answers.length - units;
  if (count(201) === units && count(409) === refused) return;
  const statuses = Array.from(new Set(answers.map(({ status }) => status)));
  const got = statuses.map((status) => `${count(status)} × ${status}`).join(', ');
  throw new WrongResult(`${whose}: it should have answered ${units} × 201 and ${refused} × 409, and answered ${got}.`);
}
