import { DomainError, type RefusalOf } from './errors.ts';

/** Every state an order can be in, in the order of its life. */
export const orderStatuses = ['pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled'] as const;

export type OrderStatus = (typeof orderStatuses)[number];

/** The order state machine: from each state, the states it may move to. The only place that knows. */
export const orderTransitions: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ['confirmed', 'cancelled'],
  confirmed: ['processing', 'cancelled'],
  processing: ['shipped'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
};

/** Whether a value is one of the six states. */
export function isOrderStatus(value: unknown): value is OrderStatus {
  return orderStatuses.some((status) => status === value);
}

/** Whether nothing can follow this state. */
export function isFinal(status: OrderStatus): boolean {
  return orderTransitions[status].length === 0;
}

/** Whether the table allows the step. A step to the state one is in is not a step. */
export function canTransition(from: OrderStatus, to: OrderStatus): boolean {
  return orderTransitions[from].includes(to);
}

/**
 * The first step of a way from one state to another; undefined when none leads there. It ends, and what it names is never a step back, since no state
 * can be reached from itself.
 */
export function stepTowards(from: OrderStatus, to: OrderStatus): OrderStatus | undefined {
  const next = orderTransitions[from];
  return next.includes(to) ? to : next.find((between) => stepTowards(between, to) !== undefined);
}

/** The refusal of a step that the table does not allow, as plain data: thousands of them may have to be made in one go. */
export function transitionRefusal(from: OrderStatus, to: OrderStatus): RefusalOf<'invalid-transition'> {
  const allowed = orderTransitions[from];
  const hint = allowed.length === 0 ? `${from} is final` : `from ${from} it can go to ${allowed.join(' or ')}`;
  const message = `An order that is ${from} cannot become ${to}: ${hint}.`;
  return { code: 'invalid-transition', message, details: { from, to, allowed } };
}

/** The same refusal, to be thrown. */
export function invalidTransition(from: OrderStatus, to: OrderStatus): DomainError<'invalid-transition'> {
  const { code, message, details } = transitionRefusal(from, to);
  return new DomainError(code, message, details);
}

/**
 * Demands that the table allows the step.
 * @throws DomainError invalid-transition
 */
export function assertTransition(from: OrderStatus, to: OrderStatus): void {
  if (!canTransition(from, to)) throw invalidTransition(from, to);
}
