/** What a transaction can see: `xmin:xmax:` and those between that were still running, as Postgres writes it (pg_snapshot). */
const form = /^(\d{1,19}):(\d{1,19}):((?:\d{1,19}(?:,\d{1,19})*)?)$/;

/** Characters: some hundred transactions that run at once. */
export const longestSnapshot = 6_000;

/** Whether a text is a snapshot that Postgres would read. */
export function isSnapshot(text: string): boolean {
  if (text.length > longestSnapshot) return false;
  const [, first = '', end = '', list = ''] = form.exec(text) ?? [];
  if (first === '') return false;
  const [xmin, xmax] = [BigInt(first), BigInt(end)];
  let before = xmin - 1n;
  for (const running of list === '' ? [] : list.split(',').map(BigInt)) {
    if (running <= before || running >= xmax) return false;
    before = running;
  }
  return xmin > 0n && xmin <= xmax && xmax < 1n << 63n;
}

/** Whether a snapshot knows of transactions that began after another was taken: then it is not from the past of it. */
export function isBeyond(snapshot: string, other: string): boolean {
  return endOf(snapshot) > endOf(other);
}

function endOf(snapshot: string): bigint {
  return BigInt(snapshot.split(':')[1] ?? 0);
}
