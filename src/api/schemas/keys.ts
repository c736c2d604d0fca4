import { z } from 'zod';
import { roles, type ApiKey } from '../../domain/identity.ts';
import { limits } from '../../domain/limits.ts';
import { paging, rangeStart } from './queries.ts';
import { otherwise, timestamp } from './values.ts';

const role = z.enum(roles, otherwise(`must be one of ${roles.join(', ')}`));

const fields = {
  id: z.string(),
  name: z.string(),
  role,
  created_by: z.string(),
  created_at: timestamp,
  expires_at: timestamp.nullable(),
  revoked_at: timestamp.nullable(),
};

export const apiKey = z
  .strictObject(fields)
  .meta({ id: 'ApiKey', description: 'A key of a caller, without its secret. Keys of one name are one caller.' });

export const createdKey = z
  .strictObject({
    ...fields,
    key: z.string().nullable().meta({
      description: 'What to send as `Authorization: Bearer …`. Shown this once; null when the request is repeated.',
    }),
  })
  .meta({ id: 'CreatedApiKey', description: 'A new key, with its secret.' });

export const keyPath = z.strictObject({ id: z.string().regex(/^[a-z0-9]{12}$/) });

export const keyQuery = z.strictObject({ ...paging });

export const keyName = z
  .string(otherwise('must be text'))
  .regex(
    new RegExp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,${limits.keyName - 1}}$`),
    `must be 1 to ${limits.keyName} letters, digits, dots, underscores or hyphens, the first a letter or a digit`,
  )
  .meta({ examples: ['web-shop'] });

export const newKey = z
  .strictObject({
    name: keyName,
    role,
    expires_at: rangeStart
      .nullable()
      .optional()
      .meta({
        // Of what it was made of, this would go on saying that there is text.
        anyOf: [{ type: 'string', format: 'date' }, { type: 'string', format: 'date-time' }, { type: 'null' }],
        description: 'From then on the key is refused; in the future. Null, or left out, when it never expires.',
      }),
  })
  .meta({ id: 'NewApiKey' });

export function presentKey(of: ApiKey): z.output<typeof apiKey> {
  return {
    id: of.id,
    name: of.name,
    role: of.role,
    created_by: of.createdBy,
    created_at: of.createdAt,
    expires_at: of.expiresAt,
    revoked_at: of.revokedAt,
  };
}
