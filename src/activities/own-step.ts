import type { KeyNote } from '../domain/key-note.ts';
import { invalidTransition, type OrderStatus } from '../domain/order-status.ts';
import type { Transaction } from '../persistence/database.ts';
import { readKey } from '../persistence/idempotency-keys.ts';

/**
 * Refuses a step that an order has behind it to whoever asks for it under a key that is not noted, or is for something else: somebody else took it. Without a key it may
 * have been the same request, repeated.
 * @throws DomainError invalid-transition
 */
export async function assertOwnStep(
  trx: Transaction,
  key: KeyNote | undefined,
  { from, to }: { readonly from: OrderStatus; readonly to: OrderStatus },
): Promise<void> {
  if (key === undefined) return;
  const noted = await readKey(trx, key.id);
  if (noted?.fingerprint !== key.fingerprint) throw invalidTransition(from, to);
}
