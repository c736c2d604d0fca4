import type { AuditAction } from '../../domain/audit.ts';
import type { OrderStatus } from '../../domain/order-status.ts';

/** A code such as `ORDER_STATUS_CHANGED` or `not-available`, as people read it. */
export function inWords(code: OrderStatus | AuditAction | (string & {})): string {
  return code.replaceAll(/[_-]/g, ' ').toLowerCase();
}

/** `3 orders`, `1 order`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

const numbers = new Intl.NumberFormat();

export function formatNumber(value: number): string {
  return numbers.format(value);
}

const signed = new Intl.NumberFormat(undefined, { signDisplay: 'exceptZero' });

/** `+3`, `−2`, `0`: a change. */
export function formatSigned(change: number): string {
  return signed.format(change);
}

/** An amount of the API, a decimal string, with its currency. */
export function formatMoney(amount: string, currency: string): string {
  // A string, so that no amount is rounded; browsers format strings exactly.
  return new Intl.NumberFormat(undefined, { style: 'currency', currency }).format(amount as Intl.StringNumericLiteral);
}

/** The first part of an id: enough to tell two apart in a list. Ids made in one minute begin alike, so it is the last part. */
export function shortId(id: string): string {
  return id.slice(-8);
}

/** `1:05`, `12:00:00`: seconds as a countdown. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
