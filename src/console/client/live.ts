import { useEffect, useRef } from 'preact/hooks';
import type { AuditAction, AuditObjectType } from '../../domain/audit.ts';
import type { OrderStatus } from '../../domain/order-status.ts';
import { ask } from './ask.ts';
import { Refused } from './problem.ts';
import { noteServerTime } from './clock.ts';
import { session } from './session.ts';
import { spread } from './spread.ts';
import { createStore } from './store.ts';

/** Something that was committed, as `GET /api/events/` tells it. */
export interface LiveEntry {
  readonly id: string;
  readonly action: AuditAction;
  readonly object_type: AuditObjectType;
  readonly object_id: string;
  readonly order_id: string | null;
  readonly product_ids: readonly string[];
  /** The new status of an order. */
  readonly status: OrderStatus | null;
  readonly actor: string;
  readonly timestamp: string;
}

/** What happened: entries, or `everything` when nobody knows what was missed. */
export type Happened = readonly LiveEntry[] | 'everything';

/**
 * `down`: the server does not answer; it is asked again and again. `polling`: it answers, but its events do not come through, as behind a
 * proxy that keeps streams to itself; pages are read anew each few seconds.
 */
export type Connection = 'connecting' | 'live' | 'polling' | 'down';

export const connection = createStore<Connection>('connecting');

const listeners = new Set<(happened: Happened) => void>();

let source: EventSource | undefined;
let position: string | undefined;
let again: number | undefined;
/** Tries in a row that came to nothing. */
let failures = 0;
/** Streams in a row that said nothing, although the server answered whoever asked next. */
let mute = 0;
/** How often the connection was made or ended: an answer to what was asked before means nothing any more. */
let turns = 0;
/** Whether the connection that there is has told anything. */
let hasTold = false;

/** Milliseconds without a word after which a connection counts as lost: the server sends its time every 15 s. */
const silence = 40_000;

/** Milliseconds until the first word. */
const greeting = 10_000;

/** So many streams in a row that said nothing, with a server that answers, are taken for events that do not come through. */
const mostMute = 2;

/** Milliseconds until the first try, and between two at most: each failure doubles them. */
const pauses = { first: 1_000, longest: 10_000 } as const;

let quiet: number | undefined;

/** Listens to the server from now on. */
export function connect(): void {
  disconnect();
  hasTold = false;
  const since = position === undefined ? '' : `?last_event_id=${encodeURIComponent(position)}`;
  const events = new EventSource(`/api/events/${since}`);
  source = events;
  const on = (name: string, take: (data: unknown) => void): void =>
    events.addEventListener(name, (event) => {
      if (event.lastEventId !== '') position = event.lastEventId;
      heard();
      take(JSON.parse(String(event.data)));
    });
  on('hello', (data) => {
    noteServerTime((data as { now: string }).now);
    hasTold = true;
    failures = mute = 0;
    connection.set('live');
    // Without a position nothing tells what happened since that was read which is on the page, be it only while this connection was made.
    if (since === '') tell('everything');
  });
  on('time', (data) => noteServerTime((data as { now: string }).now));
  on('change', (data) => tell((data as { entries: LiveEntry[] }).entries));
  on('reset', () => tell('everything'));
  events.addEventListener('error', lost);
  quiet = window.setTimeout(lost, greeting);
}

/** Stops listening: nobody is signed in. */
export function disconnect(): void {
  turns += 1;
  window.clearTimeout(again);
  window.clearTimeout(quiet);
  source?.close();
  source = undefined;
}

/** The browser would try again by itself, but not after each kind of failure, and would not say so. */
function lost(): void {
  disconnect();
  // One that was good may have come to its end, as each does some time. Whether it is an outage the next question tells.
  if (!hasTold) failures += 1;
  tryAgain();
}

/** An event stream does not say why it was refused; any other question does. */
async function comeBack(): Promise<void> {
  const asked = turns;
  const refusal = await ask('GET', '/api/session/').then(
    () => undefined,
    (error: unknown) => error,
  );
  if (asked !== turns) return;
  if (refusal === undefined) {
    if (!hasTold) mute += 1;
    return mute < mostMute ? connect() : poll();
  }
  if (!(refusal instanceof Refused && refusal.problem.code === 'unauthenticated')) return giveUpForNow();
  // It answers; nobody is signed in any more.
  connection.set('connecting');
  session.set(null);
}

/** Has the pages read anew, and tries the stream once more. */
function poll(): void {
  connection.set('polling');
  tell('everything');
  connect();
}

function giveUpForNow(): void {
  connection.set('down');
  failures += 1;
  tryAgain();
}

/** Not all at once: a server that comes back would have every page that was open ask it in the same moment, again and again. */
function tryAgain(): void {
  const pause = Math.min(pauses.first * 2 ** Math.max(0, failures - 1), pauses.longest);
  window.clearTimeout(again);
  again = window.setTimeout(() => void comeBack(), spread(pause));
}

function heard(): void {
  window.clearTimeout(quiet);
  quiet = window.setTimeout(lost, silence);
}

function tell(happened: Happened): void {
  for (const listener of listeners) listener(happened);
}

/** Calls a function whenever something happens. */
export function useLive(listener: (happened: Happened) => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const call = (happened: Happened): void => latest.current(happened);
    listeners.add(call);
    return () => void listeners.delete(call);
  }, []);
}
