import { z } from 'zod';
import { limits } from '../../domain/limits.ts';

const limitRule = `must be a whole number from 1 to ${limits.pageSize}`;

/** The query parameters of every list. */
export const paging = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, limitRule)
    .transform(Number)
    .pipe(z.int().min(1, limitRule).max(limits.pageSize, limitRule))
    .default(20)
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: limits.pageSize,
      default: 20,
      pattern: undefined,
      description: 'How many entries a page has at most.',
    }),
  cursor: z
    .string()
    .optional()
    .meta({ description: 'The `next_cursor` of the page before, with the same sort and filters.' }),
};

export const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((text) => text === 'true')
  .meta({ type: 'boolean', enum: undefined });

const dateTime = z.iso.datetime({ offset: true });
const date = z.iso.date();
const day = 24 * 60 * 60 * 1000;
const firstMoment = Date.parse('0001-01-01T00:00:00.000Z');
const lastMoment = Date.parse('9999-12-31T23:59:59.999Z');

const dateOrTime = {
  anyOf: [
    { type: 'string', format: 'date' },
    { type: 'string', format: 'date-time' },
  ],
  type: undefined,
  examples: ['2026-03-01', '2026-03-01T09:30:00Z'],
};

/** The start of a range, inclusive: an RFC 3339 time with offset, or a UTC day from its beginning. */
export const rangeStart = z
  .string()
  .transform((text, context) => moment(text, context, 0))
  .meta({ ...dateOrTime, description: 'The start, inclusive: a time with offset, or a UTC day.' });

/** The end of a range, exclusive: an RFC 3339 time with offset, or a UTC day, which is included. */
export const rangeEnd = z
  .string()
  .transform((text, context) => moment(text, context, day))
  .meta({ ...dateOrTime, description: 'The end, exclusive: a time with offset, or a UTC day, which is included.' });

/** A moment to look back to, inclusive: an RFC 3339 time with offset, or the end of a UTC day. Rows have no more than milliseconds. */
export const asOf = z
  .string()
  .transform((text, context) => moment(text.replace(/(\.\d{3})\d+/, '$1'), context, day - 1))
  .meta({ ...dateOrTime, description: 'As of this moment, inclusive: a time with offset, or the end of a UTC day.' });

function moment(text: string, context: z.core.$RefinementCtx, dayAdds: number): Date {
  const isDate = date.safeParse(text).success;
  // RFC 3339 allows the T and the Z in lower case.
  const refuse = (message: string): never => {
    context.addIssue({ code: 'custom', message, input: text });
    return z.NEVER;
  };
  if (!isDate && !dateTime.safeParse(text.toUpperCase()).success) {
    return refuse(
      'must be a date (2026-01-31) or a time with offset (2026-01-31T12:00:00Z; a plus sign is written %2B)',
    );
  }
  const time = Date.parse(text.toUpperCase());
  // What an offset moves out of the years of four digits could not be written in an answer. The year 0 is none to Postgres.
  if (time < firstMoment || time > lastMoment) return refuse('must be in the years 0001 to 9999, in UTC');
  return new Date(time + (isDate ? dayAdds : afterMilliseconds(text)));
}

/** 1 when there are digits beyond milliseconds: rows have none, so a bound between two milliseconds acts as the later one. */
function afterMilliseconds(text: string): 0 | 1 {
  return /\.\d{3}\d*[1-9]/.test(text) ? 1 : 0;
}
