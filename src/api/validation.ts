import type { z } from 'zod';
import type { FieldError } from './problems.ts';

/** Where a value came from, which decides how its fields are named. */
export type Source = 'body' | 'query';

export type Validation = { readonly value: unknown } | { readonly errors: readonly FieldError[] };

/** Checks a value; on failure there is one entry for each bad field, in plain words. */
export function validate(schema: z.ZodType, value: unknown, source: Source): Validation {
  const parsed = schema.safeParse(value, { error: plainWords });
  if (parsed.success) return { value: parsed.data };
  const byPath = new Map<string, string>();
  for (const { path, message } of parsed.error.issues.flatMap(unknownKeys)) {
    const name = source === 'query' ? `?${String(path[0])}` : toPointer(path);
    if (!byPath.has(name)) byPath.set(name, message);
  }
  return { errors: Array.from(byPath, ([path, message]) => ({ path, message })) };
}

type Place = { readonly path: readonly PropertyKey[]; readonly message: string };

/** Unknown keys arrive as one issue about their parent; each is its own entry. */
function unknownKeys(issue: z.core.$ZodIssue): readonly Place[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not known here' }));
}

/** A JSON Pointer (RFC 6901). */
function toPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

const counted = new Intl.NumberFormat('en-US');

const nouns: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a JSON object',
};

/** Words for the issues whose schema does not bring its own. */
function plainWords(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${nouns[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return issue.origin === 'array'
        ? `must have at least ${issue.minimum} ${plural(issue.minimum, 'entry', 'entries')}`
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'array'
        ? `must have at most ${counted.format(issue.maximum)} ${plural(issue.maximum, 'entry', 'entries')}`
        : `must be at most ${issue.maximum}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    default:
      return 'is not valid';
  }
}

function plural(count: number | bigint, one: string, many: string): string {
  return Number(count) === 1 ? one : many;
}
