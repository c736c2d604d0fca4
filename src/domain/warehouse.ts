/** A place where stock lies. JSON-safe. */
export interface Warehouse {
  readonly code: string;
  readonly name: string;
  /** Null when nobody said. */
  readonly region: string | null;
  /** The lowest is used first, then the code decides. */
  readonly priority: number;
  /** An inactive one takes no new reservations. */
  readonly active: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}
