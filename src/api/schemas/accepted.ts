import { z } from 'zod';

/** The answer while the outcome is not known yet: ask at `Location`. */
export const accepted = z
  .strictObject({ id: z.guid(), status: z.literal('accepted'), workflow_id: z.string() })
  .meta({ id: 'Accepted', description: 'Durable, and not carried out yet: ask at `Location`.' });

export type Accepted = z.output<typeof accepted>;
