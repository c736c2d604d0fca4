import { isIP, isIPv6 } from 'node:net';
import type { ApiContext } from './context.ts';

/**
 * The address that a caller without credentials is counted by: that of its connection, or behind trusted proxies what the outermost of them
 * saw. An IPv6 network (/64) counts as one, since whoever has one address of it has all of them.
 */
export function addressOf({ ip, req }: Pick<ApiContext, 'ip' | 'req'>): string {
  const forwarded = bareAddress(ip);
  // Only a proxy that is not ours writes something else there: whoever sent it must not count as another caller, or as none at all.
  const address = isIP(forwarded) === 0 ? bareAddress(req.socket.remoteAddress ?? '') : forwarded;
  if (!isIPv6(address)) return address;
  const groups = groupsOf(address);
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return dotted(groups.slice(6));
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The IPv4 address that two groups of hexadecimal digits are. */
function dotted(groups: readonly string[]): string {
  return groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]).join('.');
}

/** Without brackets and port, which some proxies add, and an IPv4 address as itself. */
function bareAddress(text: string): string {
  const [, inBrackets, withPort] = /^\[([^\]]+)\](?::\d+)?$|^([\d.]+):\d+$/.exec(text) ?? [];
  return (inBrackets ?? withPort ?? text).replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.toLowerCase().replace(/%.*$/, '').split('::');
  const split = (part: string): string[] =>
    part === '' ? [] : part.split(':').map((group) => group.replace(/^0+(?=.)/, ''));
  const before = split(head);
  if (tail === undefined) return before;
  const after = split(tail);
  return [...before, ...Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0'), ...after];
}
