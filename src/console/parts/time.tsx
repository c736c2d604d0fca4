import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../client/clock.ts';
import { formatDuration } from './words.ts';

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A time in the reader's own zone; in UTC when the mouse rests on it. */
export function Time({ at }: { readonly at: string }): JSX.Element {
  return (
    <time class="time" dateTime={at} title={`${at.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} UTC`}>
      {local.format(new Date(at))}
    </time>
  );
}

/** How long it still is until a moment, by the server's clock. */
export function Countdown({ until, over }: { readonly until: string; readonly over: string }): JSX.Element {
  const [seconds, setSeconds] = useState(() => secondsUntil(until));
  useEffect(() => {
    setSeconds(secondsUntil(until));
    const timer = window.setInterval(() => setSeconds(secondsUntil(until)), 250);
    return () => window.clearInterval(timer);
  }, [until]);
  return (
    <span class="countdown" role="timer" title={`${until.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} UTC`}>
      {seconds > 0 ? formatDuration(seconds) : over}
    </span>
  );
}

function secondsUntil(moment: string): number {
  return (Date.parse(moment) - serverNow()) / 1000;
}
