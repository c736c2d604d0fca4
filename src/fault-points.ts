import type { Logger } from 'pino';

/** The activities, each of which has a fault point between what it commits and its answer. The compiler misses the name of a new one. */
const faultyActivities = [
  'reserveOrder',
  'reserveStock',
  'fulfilReservation',
  'releaseReservation',
  'expireReservation',
  'advanceOrder',
  'extendHold',
  'leaveWaitingList',
  'rescueOrder',
  'returnItems',
  'cleanExpired',
  'wakeWaiting',
  'forgetKeys',
  'reportFindings',
] as const;

/** Those of the API. */
const faultyRequests = ['placing.before-start', 'placing.after-start', 'stock-levels.batch-committed'] as const;

/** A place in the code where something may be made to go wrong: the worst moment for it. */
export type FaultPoint = `${(typeof faultyActivities)[number]}.committed` | (typeof faultyRequests)[number];

export const faultPoints: readonly FaultPoint[] = [
  ...faultyActivities.map((name) => `${name}.committed` as const),
  ...faultyRequests,
];

/** What may go wrong: the process is killed, it is stopped until somebody lets it go on, or the answer gets lost. */
export const faultActions = ['kill', 'stop', 'lose'] as const;

/** One thing that is to go wrong, once. */
export interface Fault {
  readonly point: FaultPoint;
  readonly action: (typeof faultActions)[number];
  /** The how manieth time the point is reached, from 1. */
  readonly nth: number;
}

/** Called at a fault point. @throws LostAnswer */
export type ReachFaultPoint = (point: FaultPoint) => void;

/** Thrown in the place of an answer that is to get lost. */
export class LostAnswer extends Error {
  override readonly name = 'LostAnswer';
}

const syntax = /^([\w.-]+)=(\w+)(?:@([1-9]\d{0,8}))?$/;

/**
 * Reads faults as EARMARK_FAULTS names them: `reserveOrder.committed=kill`, or `…=kill@3` for the third time, as a comma list.
 * @returns undefined when the text is of another form, or names a point or an action that there is not
 */
export function parseFaults(text: string): Fault[] | undefined {
  const faults = text.split(',').map(parseFault);
  return faults.includes(undefined) ? undefined : (faults as Fault[]);
}

function parseFault(text: string): Fault | undefined {
  const [, name, does, nth = '1'] = syntax.exec(text.trim()) ?? [];
  const point = faultPoints.find((point) => point === name);
  const action = faultActions.find((action) => action === does);
  return point && action && { point, action, nth: Number(nth) };
}

/**
 * Arms a process with faults, normally none. Each strikes once, in the moment its point is reached.
 * @param log is told when there are any
 * @param send signals this process
 */
export function armFaults(
  faults: readonly Fault[],
  log: Pick<Logger, 'warn'>,
  send: (signal: 'SIGKILL' | 'SIGSTOP') => void = (signal) => process.kill(process.pid, signal),
): ReachFaultPoint {
  if (faults.length > 0)
    log.warn({ faults }, 'EARMARK_FAULTS is set: things will go wrong in this process, on purpose');
  const reached = new Map<FaultPoint, number>();
  return (point) => {
    const times = (reached.get(point) ?? 0) + 1;
    reached.set(point, times);
    const fault = faults.find((fault) => fault.point === point && fault.nth === times);
    if (fault?.action === 'kill') send('SIGKILL');
    if (fault?.action === 'stop') send('SIGSTOP');
    if (fault?.action === 'lose') throw new LostAnswer(`The answer at ${point} got lost, as EARMARK_FAULTS says`);
  };
}
