import type { FieldError } from './problems.ts';

export type QueryString = { readonly values: Readonly<Record<string, string>> } | { readonly errors: FieldError[] };

/** Reads a query string (without its `?`). A parameter given twice and a broken percent escape are errors. */
export function parseQueryString(text: string): QueryString {
  const values = new Map<string, string>();
  const errors: FieldError[] = [];
  for (const pair of text.split('&').filter((part) => part !== '')) {
    const [rawName = '', ...rest] = pair.split('=');
    const name = decode(rawName);
    const value = decode(rest.join('='));
    if (name === undefined || value === undefined) {
      errors.push({ path: `?${name ?? rawName}`, message: 'has a percent escape that is not UTF-8' });
    } else if (values.has(name)) {
      errors.push({ path: `?${name}`, message: 'is given more than once' });
    } else {
      values.set(name, value);
    }
  }
  return errors.length > 0 ? { errors } : { values: Object.fromEntries(values) };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
