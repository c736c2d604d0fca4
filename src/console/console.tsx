import type { JSX } from 'preact';
import { LocationProvider, Route, Router } from 'preact-iso';
import { useEffect } from 'preact/hooks';
import { connect, disconnect } from './client/live.ts';
import { session } from './client/session.ts';
import { useStore } from './client/store.ts';
import { Shell } from './shell.tsx';
import { AuditLog } from './views/audit-log/audit-log.tsx';
import { Health } from './views/health/health.tsx';
import { NotThere } from './views/not-there.tsx';
import { OrderView } from './views/order/order.tsx';
import { Orders } from './views/orders/orders.tsx';
import { Overview } from './views/overview/overview.tsx';
import { PlaceOrder } from './views/place-order/place-order.tsx';
import { ProductView } from './views/products/product.tsx';
import { Products } from './views/products/products.tsx';
import { Reservations } from './views/reservations/reservations.tsx';
import { SignIn } from './views/sign-in.tsx';
import { WaitingLists } from './views/waiting-lists/waiting-lists.tsx';
import { useSession } from './use-session.ts';

/** The API and its pages to read are no views: links to them leave the console. */
const scope = /^\/(?!api\/|docs|openapi\.json|livez|readyz)/;

/** The console: the view that the address names, for whoever is signed in. */
export function Console(): JSX.Element {
  useSession();
  const who = useStore(session);
  const isIn = who !== undefined && who !== null;
  useEffect(() => {
    if (!isIn) return undefined;
    connect();
    return disconnect;
  }, [isIn]);
  return (
    <LocationProvider scope={scope}>
      <Shell>{who === undefined ? null : who === null ? <SignIn /> : <Views />}</Shell>
    </LocationProvider>
  );
}

function Views(): JSX.Element {
  return (
    <Router>
      <Route path="/" component={Overview} />
      <Route path="/products" component={Products} />
      <Route path="/products/:id" component={ProductView} />
      <Route path="/orders" component={Orders} />
      <Route path="/orders/:id" component={OrderView} />
      <Route path="/place-order" component={PlaceOrder} />
      <Route path="/reservations" component={Reservations} />
      <Route path="/waiting-lists" component={WaitingLists} />
      <Route path="/audit-log" component={AuditLog} />
      <Route path="/health" component={Health} />
      <Route default component={NotThere} />
    </Router>
  );
}
