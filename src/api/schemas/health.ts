import { z } from 'zod';

const dependency = z.strictObject({ status: z.enum(['up', 'down']), detail: z.string().nullable() });

export const liveness = z.strictObject({ status: z.literal('alive') });

export const dependencies = z.strictObject({ database: dependency, temporal: dependency });

export const readiness = z.strictObject({ status: z.literal('ready'), dependencies });
