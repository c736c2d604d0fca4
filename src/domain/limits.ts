/** The bounds of every value that comes from outside; the API's schemas and the database's CHECKs say the same. */
export const limits = {
  linesPerOrder: 50,
  quantity: 1_000_000,
  /** Stock levels that one list sets. */
  listedLevels: 10_000,
  /** The largest number of units one stock level can hold: a Postgres integer. */
  stock: 2_147_483_647,
  /** In so many warehouses a product can begin. */
  warehousesOfNewProduct: 100,
  /** The highest price, in minor units: 9,999,999.99. */
  priceMinor: 999_999_999n,
  name: 200,
  sku: 64,
  warehouseCode: 32,
  region: 50,
  /** The largest number of a warehouse's priority; the lowest is used first. */
  priority: 1_000_000,
  reference: 100,
  actor: 100,
  keyName: 64,
  reason: 200,
  holdSeconds: 86_400,
  /** The longest wait for units: a week. */
  waitSeconds: 604_800,
  /** The most that one request extends a hold by. */
  extensionSeconds: 864_000,
  pageSize: 100,
} as const;
