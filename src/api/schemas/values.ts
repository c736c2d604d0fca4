import { z } from 'zod';
import { allocationStrategies, type AllocationStrategy } from '../../domain/allocation.ts';
import { limits } from '../../domain/limits.ts';
import { formatMoney, parseMoney } from '../../domain/money.ts';
import { shortagePolicies } from '../../domain/order.ts';
import { isPlainText, plainTextPattern } from '../../domain/text.ts';
import { defaultWaitSeconds } from '../../domain/waiting.ts';

/** The error of a schema: one sentence for every way to be wrong, another for being absent. */
export const otherwise = (message: string) => ({
  error: (issue: { readonly input?: unknown }) => (issue.input === undefined ? 'is required' : message),
});

/** For a rule about several fields of an object: it is looked at even when other fields are wrong, so that an answer has every mistake. */
export const everyMistake = {
  when: ({ value }: { readonly value: unknown }): boolean =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
};

const counted = new Intl.NumberFormat('en-US');

/** A UUID of any version, in lower case: it becomes part of workflow ids. */
export const uuid = z
  .guid(otherwise('must be a UUID'))
  .toLowerCase()
  .meta({ format: 'uuid', examples: ['01985b3e-7a10-7c3e-8f5a-0d2a6c1e4b01'] });

/** Text of 1 to `max` characters in NFC: not only blanks, nothing that cannot be seen or turns the reading order. */
export function plainText(max: number) {
  const message = `must be text of 1 to ${max} characters, not only blanks and without control characters`;
  return z
    .string(otherwise(message))
    .normalize('NFC')
    .refine((text) => isPlainText(text, max), message)
    .meta({ minLength: 1, maxLength: max, pattern: plainTextPattern });
}

export const sku = z
  .string(otherwise('must be text'))
  .regex(
    new RegExp(`^[A-Za-z0-9._-]{1,${limits.sku}}$`),
    `must be 1 to ${limits.sku} letters, digits, dots, underscores or hyphens`,
  )
  .meta({ examples: ['LAMP-1'] });

/** The code of a warehouse, in upper case: it becomes part of the ids of stock levels in the audit log. */
export const warehouseCode = z
  .string(otherwise('must be text'))
  .regex(
    new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${limits.warehouseCode - 1}}$`),
    `must be 1 to ${limits.warehouseCode} letters, digits, dots, underscores or hyphens, the first a letter or a digit`,
  )
  .toUpperCase()
  .meta({ examples: ['EAST-1'] });

/** Where a warehouse lies, or where an order goes. */
export const region = plainText(limits.region);

/** A JSON number without a fraction, from `least` to `most`. */
export function wholeNumber(least: number, most: number) {
  const rule = otherwise(`must be a whole number from ${counted.format(least)} to ${counted.format(most)}`);
  return z.int(rule).min(least, rule).max(most, rule);
}

export const quantity = wholeNumber(1, limits.quantity);

export const holdSeconds = wholeNumber(1, limits.holdSeconds);

/** How the units of an order or a reservation are looked for. */
export const allocation = z
  .enum(allocationStrategies, otherwise(`must be one of ${allocationStrategies.join(', ')}`))
  .meta({
    description:
      '`priority` (the default): each line from the warehouses in the order they are used. `nearest`: the same, those in the ' +
      '`region` of the order first, which it then needs. `fewest-splits`: the whole order from as few warehouses as can have it. ' +
      '`single`: the whole order from one warehouse, or not at all.',
  });

/** Names a field that is wrong, and how. */
export type Refuse = (field: string, message: string) => void;

/** A check of a whole body, for what its fields do not say of one another. */
export function acrossFields<Body>(check: (body: Body, refuse: Refuse) => void) {
  return (body: Body, context: z.RefinementCtx<Body>): void =>
    check(body, (field, message) => context.addIssue({ code: 'custom', path: [field], message, input: body }));
}

/** Refuses the nearest without saying nearest to what. */
export function checkRegion(
  body: { readonly allocation?: AllocationStrategy | undefined; readonly region?: string | undefined },
  refuse: Refuse,
): void {
  if (body.allocation === 'nearest' && body.region === undefined) {
    refuse('region', 'is required when the allocation is nearest');
  }
}

/** The same as JSON Schema, for `meta`. */
export const nearestNeedsRegion = {
  anyOf: [
    { properties: { allocation: { enum: allocationStrategies.filter((strategy) => strategy !== 'nearest') } } },
    { required: ['region'] },
  ],
};

/** What an order does when there are not enough units. */
export const onShortage = z.enum(shortagePolicies, otherwise(`must be one of ${shortagePolicies.join(', ')}`)).meta({
  description:
    'What happens when there are not enough units; `reject` when it is missing. `wait` takes one product only.',
});

/** Only an order that waits says how long, as JSON Schema, for `meta`. */
export const waitingSaysHowLong = {
  allOf: [
    {
      anyOf: [
        { not: { required: ['wait_seconds'] } },
        { properties: { on_shortage: { enum: ['wait'] } }, required: ['on_shortage'] },
      ],
    },
  ],
};

/** How long an order waits for its units, in seconds. */
export const waitSeconds = wholeNumber(1, limits.waitSeconds).meta({
  description: `Seconds that it waits for its units, with \`on_shortage: wait\`; ${defaultWaitSeconds} when it is missing.`,
});

/** A price as it comes in, a string or a number, as minor units. */
export const price = z
  .union([z.string(), z.number()], otherwise(`must be an amount from 0 to ${formatMoney(limits.priceMinor)}`))
  .transform((amount, context) => {
    const minor = minorUnits(String(amount));
    if (minor !== undefined && minor <= limits.priceMinor) return minor;
    const message = `must be an amount from 0 to ${formatMoney(limits.priceMinor)} with at most two decimals`;
    context.addIssue({ code: 'custom', message, input: amount });
    return z.NEVER;
  })
  .meta({
    description: 'An amount with at most two decimals, as a string or as a number.',
    oneOf: [
      { type: 'string', pattern: `^0{0,8}[0-9]{1,7}(?:[.][0-9]{1,2})?$` },
      { type: 'number', minimum: 0, maximum: Number(formatMoney(limits.priceMinor)), multipleOf: 0.01 },
    ],
    examples: ['12.50', 12.5],
  });

/** An amount in a query string, as minor units. */
export const amount = z
  .string()
  .transform((text, context) => {
    const minor = minorUnits(text);
    if (minor !== undefined) return minor;
    context.addIssue({
      code: 'custom',
      message: 'must be an amount with at most two decimals, such as 12.50',
      input: text,
    });
    return z.NEVER;
  })
  .meta({ pattern: '^[0-9]{1,15}(?:[.][0-9]{1,2})?$', examples: ['12.50'] });

function minorUnits(text: string): bigint | undefined {
  try {
    return parseMoney(text);
  } catch {
    return undefined;
  }
}

/** A comma list in a query string, each entry once. */
export function commaList<Entry extends z.ZodType<string, string>>(entry: Entry) {
  return z
    .string()
    .transform((text) => Array.from(new Set(text.split(','))))
    .pipe(z.array(entry))
    .meta({ type: 'array', items: jsonSchema(entry), minItems: 1, param: { style: 'form', explode: false } });
}

/** A schema without transformations as JSON Schema, for the places in `meta` where the document needs more than one has. */
export function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input' });
  return described;
}

/** A point in time as answers carry it: RFC 3339, UTC, milliseconds, `Z`. */
export const timestamp = z.iso
  .datetime({ precision: 3 })
  .meta({ pattern: undefined, examples: ['2026-03-01T09:30:00.000Z'] });

/** Money as answers carry it: two decimals, as a string. */
export const money = z
  .string()
  .regex(/^\d+\.\d{2}$/)
  .meta({ examples: ['12.50'] });
