/** Units of a product that went from one warehouse to another, both named by their codes. JSON-safe. */
export interface Transfer {
  readonly id: string;
  readonly productId: string;
  readonly from: string;
  readonly to: string;
  readonly quantity: number;
  readonly reason: string;
  readonly actor: string;
  readonly createdAt: string;
}
