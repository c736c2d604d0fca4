import { z } from 'zod';
import { isDone, type ShopApi } from '../shop/shop-api.ts';
import { ask } from './ask.ts';
import type { PlannedReservation } from './plan-reservations.ts';

const withId = z.object({ id: z.string() });

const endsBy = { confirmed: 'confirm', released: 'release' } as const;

/** Makes a reservation and ends it, where it is to end; that of an expired one ends by itself. @returns how it ended, or was refused */
export async function playReservation(
  api: ShopApi,
  { key, actor, product, quantity, holdSeconds, ending }: PlannedReservation,
  ids: readonly string[],
): Promise<string> {
  const body = { product_id: ids[product], quantity, hold_seconds: holdSeconds };
  const made = await ask(api, { method: 'POST', path: '/api/reservations/', body, idempotencyKey: key, actor });
  if (!isDone(made)) return 'refused';
  if (ending === 'active' || ending === 'expired') return ending;
  const { id } = withId.parse(made.data);
  const path = `/api/reservations/${id}/${endsBy[ending]}/`;
  const ended = await ask(api, { method: 'POST', path, idempotencyKey: `${key}-${ending}`, actor });
  return isDone(ended) ? ending : 'expired';
}
