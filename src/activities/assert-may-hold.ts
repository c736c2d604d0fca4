import { assertHoldings, assertLineUnits, type HoldingLimits } from '../domain/holding-limits.ts';
import type { Transaction } from '../persistence/database.ts';
import { lockHoldings } from '../persistence/holdings.ts';

interface WantedUnits {
  readonly product: { readonly id: string; readonly sku: string };
  readonly quantity: number;
}

/**
 * Demands that no line asks for more units than one order may have.
 * @throws DomainError limit-exceeded
 */
export function assertMayOrder(limits: HoldingLimits, wanted: readonly WantedUnits[]): void {
  assertLineUnits(
    limits,
    wanted.map(({ product: { sku }, quantity }) => ({ sku, units: quantity })),
  );
}

/**
 * Demands that an actor may hold, or wait for, these units beside those they have. The caller holds the locks of the products.
 * @throws DomainError limit-exceeded
 */
export async function assertMayHold(
  trx: Transaction,
  limits: HoldingLimits,
  actor: string,
  wanted: readonly WantedUnits[],
): Promise<void> {
  // Without limits nobody waits for whoever has the same name.
  if (limits.heldUnits === null && limits.openHolds === null) return;
  const { units, open } = await lockHoldings(
    trx,
    actor,
    wanted.map(({ product }) => product.id),
  );
  const has = wanted.map(({ product: { id, sku }, quantity }) => ({ sku, units: quantity, held: units.get(id) ?? 0 }));
  assertHoldings(limits, actor, has, open);
}
