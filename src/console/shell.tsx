import type { ComponentChildren, JSX } from 'preact';
import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { connection } from './client/live.ts';
import { ownName, rename, session } from './client/session.ts';
import { useStore } from './client/store.ts';
import { signOut } from './use-session.ts';

const views = [
  ['/', 'Overview'],
  ['/products', 'Products'],
  ['/orders', 'Orders'],
  ['/place-order', 'Place an order'],
  ['/reservations', 'Reservations'],
  ['/waiting-lists', 'Waiting lists'],
  ['/audit-log', 'Audit log'],
  ['/health', 'Health'],
] as const;

/** What is around every view: where one can go, who one is, and whether the server answers. */
export function Shell({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const { path } = useLocation();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="bar">
        <a class="brand" href="/">
          Earmark
        </a>
        <Connection />
        <button
          type="button"
          class="menu-button"
          aria-expanded={isOpen}
          aria-controls="menu"
          onClick={() => setOpen(!isOpen)}
        >
          Menu
        </button>
        <div id="menu" class={isOpen ? 'menu is-open' : 'menu'}>
          <nav aria-label="Views">
            {views.map(([address, name]) => (
              <a key={address} href={address} {...(isCurrent(path, address) ? { 'aria-current': 'page' } : {})}>
                {name}
              </a>
            ))}
            <a href="/docs">API</a>
          </nav>
          <Who />
        </div>
      </header>
      <Outage />
      {children}
    </div>
  );
}

function isCurrent(path: string, address: string): boolean {
  return address === '/' ? path === '/' : path === address || path.startsWith(`${address}/`);
}

/** A word at the top of every page: whether what it shows is live. */
function Connection(): JSX.Element {
  const state = useStore(connection);
  const words = { connecting: 'connecting', live: 'live', polling: 'every few seconds', down: 'no connection' };
  return (
    <span
      class={`connection connection-${state}`}
      role="status"
      title={
        state === 'polling'
          ? 'Live events do not come through to this browser: the page is read anew instead.'
          : undefined
      }
    >
      {words[state]}
    </span>
  );
}

/** The server is down: what is on the page may be old. It lies over the page, so that nothing moves. */
function Outage(): JSX.Element | null {
  const isDown = useStore(connection) === 'down';
  if (!isDown) return null;
  return (
    <p class="outage" role="alert">
      The server does not answer. What you see may be old; this page comes back by itself as soon as it does.
    </p>
  );
}

function Who(): JSX.Element | null {
  const who = useStore(session);
  const name = useStore(ownName);
  if (!who) return null;
  if (who.access === 'open') {
    return (
      <label class="who">
        <span>Your name in the audit log</span>
        <input
          value={name}
          required
          maxLength={100}
          pattern="[ -~]*[!-~][ -~]*"
          onChange={({ currentTarget: input }) =>
            input.checkValidity() ? rename(input.value.trim()) : (input.value = name)
          }
        />
      </label>
    );
  }
  return (
    <div class="who">
      <span>
        {who.actor} · {who.role}
      </span>
      <button type="button" onClick={() => void signOut().catch(() => connection.set('down'))}>
        Sign out
      </button>
    </div>
  );
}
