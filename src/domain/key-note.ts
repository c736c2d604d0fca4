/** The Idempotency-Key that a step was asked for with, to be noted in the transaction that takes the step. */
export interface KeyNote {
  /** Derived from caller, route and key. */
  readonly id: string;
  /** Of what was asked. */
  readonly fingerprint: string;
}
