import { z } from 'zod';
import type { ChangePosition } from '../../persistence/change-entries.ts';
import { decodePosition } from '../event-position.ts';

/** What is said of a position that nobody gave out. */
export const badPosition = 'is not the id of an event that was sent';

export const eventsQuery = z.strictObject({
  last_event_id: z
    .string()
    .transform((text, context): ChangePosition => {
      const position = decodePosition(text);
      if (position !== undefined) return position;
      context.addIssue({ code: 'custom', message: badPosition, input: text });
      return z.NEVER;
    })
    .optional()
    .meta({ type: 'string', description: 'As the header `Last-Event-ID`, which counts where both are sent.' }),
});
