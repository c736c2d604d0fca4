/** The views of the console, by their paths: each is the same page, which shows what its address says. */
export const consoleViews = [
  ['/', 'getOverviewPage', 'The console: an overview'],
  ['/products/', 'getProductsPage', 'The console: products'],
  ['/products/{id}/', 'getProductPage', 'The console: a product'],
  ['/orders/', 'getOrdersPage', 'The console: orders'],
  ['/orders/{id}/', 'getOrderPage', 'The console: an order'],
  ['/place-order/', 'getPlaceOrderPage', 'The console: place an order'],
  ['/reservations/', 'getReservationsPage', 'The console: reservations'],
  ['/waiting-lists/', 'getWaitingListsPage', 'The console: waiting lists'],
  ['/audit-log/', 'getAuditLogPage', 'The console: the audit log'],
  ['/health/', 'getHealthPage', 'The console: how everything is'],
] as const;

/** What the console loads, by file. */
export const consoleAssets = '/assets/{file}';

const paths = new Set([...consoleViews.map(([path]) => path), consoleAssets].map(shapeOf));

/**
 * Whether a request is for a page of the console or a file of it. Those are the same for everybody, and whoever has credentials that are
 * good no more must get the page on which to sign in.
 */
export function isOfConsole(path: string): boolean {
  const [, first = '', ...more] = path.replace(/\/$/, '').split('/');
  return more.length < 2 && paths.has(`/${first}${more.length === 0 ? '' : '/*'}`);
}

/** `/orders/{id}/` as `/orders/*`. */
function shapeOf(path: string): string {
  return path.replace(/\{\w+\}/, '*').replace(/(?<=.)\/$/, '');
}
