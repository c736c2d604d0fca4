import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import type { Shop } from './shop.ts';
import type { Parts } from './usage.ts';

export const systemNames = ['earmark', 'bare', 'plain'] as const;

/**
 * What is measured. `earmark`: what `earmark start` starts. `bare`: the same SQL behind a small Koa application, without Temporal; nothing can be
 * faster. `plain`: what one would write first with Temporal, on a dev server as it comes.
 */
export type SystemName = (typeof systemNames)[number];

/** A system that runs. */
export interface System {
  readonly name: SystemName;
  /** Where its API listens. */
  readonly url: string;
  readonly shop: Shop;
  /** Its database, as the owner, for setting up and looking. */
  readonly db: Knex;
  readonly databaseUrl: string;
  readonly parts: Parts;
  /** Its Temporal. */
  readonly temporal?: { readonly client: Client; readonly workflowId: (orderId: string) => string };
}
