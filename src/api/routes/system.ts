import type { Logger } from 'pino';
import { findingsAddress } from '../addresses.ts';
import { readLastLook, startLook } from '../looks.ts';
import { packageInfo } from '../package-info.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  lastLook,
  presentLastLook,
  presentStartedLook,
  presentVerification,
  startedLook,
  verified,
} from '../schemas/findings.ts';
import { presentSystem, system } from '../schemas/system.ts';
import { readQueue, readSchedules } from '../temporal-state.ts';

/** Milliseconds that Temporal has for each part: whoever asks wants to know within a second. */
const patience = 800;

/** Milliseconds in which the books are compared: more than a request has otherwise, and less than proxies wait. */
const verifiedWithin = 30_000;

const { version } = packageInfo();

const read = defineRoute({
  method: 'GET',
  path: '/api/system/',
  operationId: 'getSystem',
  access: 'viewer',
  tag: 'system',
  summary: 'How Earmark is: its dependencies, workers and schedules, each as far as it can be told',
  responses: { 200: { description: 'What could be found out within a second', data: system } },
  problems: [],
  handle: async (_, { client, taskQueue, readiness, log }) => {
    const inTime = <T>(ask: () => Promise<T>) => unlessSilent(client.withDeadline(Date.now() + patience, ask), log);
    const [dependencies, queue, schedules] = await Promise.all([
      readiness(),
      inTime(() => readQueue(client, taskQueue)),
      inTime(() => readSchedules(client)),
    ]);
    const data = presentSystem({ version, now: new Date(), dependencies, taskQueue, queue, schedules });
    return { status: 200, data };
  },
});

/** One part that cannot be told does not keep the others back; why is in the log, and in `dependencies`. */
async function unlessSilent<T>(asked: Promise<T>, log: Logger): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    log.debug({ err: error }, 'Temporal does not say how it is');
    return undefined;
  }
}

const findings = defineRoute({
  method: 'GET',
  path: '/api/system/findings/',
  operationId: 'getFindings',
  access: 'viewer',
  tag: 'system',
  summary: 'What the last look of the schedule found in which the database disagrees with itself or with Temporal',
  responses: { 200: { description: 'The last look; null when there was none yet', data: lastLook } },
  problems: ['unavailable'],
  handle: async (_, { client, taskQueue, config }) => {
    const found = await readLastLook(client, taskQueue);
    return { status: 200, data: presentLastLook(found, config.temporalUi) };
  },
});

const look = defineRoute({
  method: 'POST',
  path: '/api/system/look/',
  operationId: 'lookNow',
  access: 'operator',
  tag: 'system',
  summary: 'Let the schedule look now, unless it does already',
  onlyLooks: true,
  responses: {
    202: { description: 'It looks. What it found will be at `Location`, once it has ended', data: startedLook },
  },
  problems: ['unavailable'],
  handle: async (_, { client, config }) => {
    const data = presentStartedLook(await startLook(client), config.temporalUi);
    return { status: 202, headers: { Location: findingsAddress }, data };
  },
});

const verify = defineRoute({
  method: 'POST',
  path: '/api/system/verify/',
  operationId: 'verifyBooks',
  access: 'operator',
  tag: 'system',
  summary: 'Look now whether stock, orders, reservations, the audit log and the ledger agree, in one snapshot',
  onlyLooks: true,
  answeredWithin: verifiedWithin,
  responses: { 200: { description: 'What was checked, and what was found', data: verified } },
  problems: ['unavailable'],
  handle: async (_, { verify: ask }) => ({ status: 200, data: presentVerification(await ask()) }),
});

export const systemRoutes: readonly Route[] = [read, findings, look, verify];
