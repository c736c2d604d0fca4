import type { Faker } from '@faker-js/faker';

/** What a plan is drawn from: one generator, and who may be drawn. */
export interface Draws {
  readonly faker: Faker;
  /** Begins every Idempotency-Key, so that plans whose requests differ have none in common. */
  readonly keys: string;
  readonly clerks: readonly string[];
}
