import type { Answer } from './operations.ts';

export type Refused = Answer & { readonly refused: unknown };

/** A point in time, which no answer of the model knows. */
export const someTime = '<time>';

export const nextSteps: Readonly<Record<string, readonly string[]>> = {
  pending: ['confirmed', 'cancelled'],
  confirmed: ['processing', 'cancelled'],
  processing: ['shipped'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
};

export function refused(code: string, details: unknown): Refused {
  return { refused: { code, details } };
}

export function notFound(objectType: string, id: string): Refused {
  return refused('not-found', { objectType, id });
}

export function noSuchStep(from: string, to: string): Refused {
  return refused('invalid-transition', { from, to, allowed: nextSteps[from] });
}

export function notReserved(orderId: string): Refused {
  return refused('not-reserved', { orderId, until: someTime });
}

export function exceeded(limit: string, allowed: number, over: number): Refused {
  return refused('limit-exceeded', { limit, allowed, left: Math.max(0, over) });
}
