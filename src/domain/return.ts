/** Units of a delivered order that came back. It never changes. JSON-safe: times are RFC 3339 UTC with milliseconds. */
export interface Return {
  readonly id: string;
  readonly orderId: string;
  /** The line of the order, from 1. */
  readonly line: number;
  readonly productId: string;
  readonly quantity: number;
  /** Whether the units can be sold again. */
  readonly restock: boolean;
  /** The code of the warehouse that took them; null when they are not restocked. */
  readonly warehouse: string | null;
  /** In the words of whoever took them back. */
  readonly reason: string;
  readonly returnedBy: string;
  readonly createdAt: string;
}
