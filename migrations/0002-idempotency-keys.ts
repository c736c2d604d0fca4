import type { Knex } from 'knex';

/** Answers to POSTs that no workflow remembers, kept for callers that repeat them with the same Idempotency-Key. */
export async function up(db: Knex): Promise<void> {
  await db.raw(`
    CREATE TABLE idempotency_keys (
      id uuid PRIMARY KEY,
      fingerprint text NOT NULL,
      answer jsonb,
      created_at timestamptz(3) NOT NULL DEFAULT now()
    );
    CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
  `);
}

/** The keys are a memory of the last days: without the table, repeats are carried out again. */
export async function down(db: Knex): Promise<void> {
  await db.raw('DROP TABLE idempotency_keys');
}
