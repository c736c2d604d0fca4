import { z } from 'zod';
import { roles } from '../../domain/identity.ts';
import { otherwise } from './values.ts';

const largestKey = 1_000;

const fields = {
  access: z.enum(['open', 'credentials']).meta({
    description: '`open`: nobody is asked for credentials, and everybody is an admin.',
  }),
  actor: z.string().nullable().meta({ description: 'Who the credentials prove; null while the API is open.' }),
  role: z.enum(roles),
};

export const signedIn = z.strictObject(fields).meta({ id: 'SignedIn' });

export const session = z
  .strictObject({
    ...fields,
    temporal_ui_url: z
      .string()
      .nullable()
      .meta({ description: 'Where the Temporal Web UI is; null when it is not known.' }),
    namespace: z.string().meta({ description: 'That of Temporal.' }),
    currency: z.string(),
    hold_seconds: z.int().meta({ description: 'The hold of orders and reservations that name none.' }),
  })
  .meta({ id: 'Session', description: 'Who calls, and what a page has to know of this API.' });

const keyRule = `must be an API key, text of 1 to ${largestKey} characters`;

export const newSession = z
  .strictObject({
    key: z
      .string(otherwise(keyRule))
      .min(1, keyRule)
      .max(largestKey, `${keyRule}; tokens are not taken here`)
      .meta({ description: 'An API key, `earmark_…`. Tokens are not taken.' }),
  })
  .meta({ id: 'NewSession' });
