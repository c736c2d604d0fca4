import type { Role } from '../../domain/identity.ts';
import { createStore } from './store.ts';

/** Who looks at the console, as the API says. */
export interface Session {
  readonly access: 'open' | 'credentials';
  /** Null where no credentials are asked for: then the name is the one that people give themselves. */
  readonly actor: string | null;
  readonly role: Role;
  /** Null where it is not known. */
  readonly temporal_ui_url: string | null;
  readonly namespace: string;
  /** ISO 4217. */
  readonly currency: string;
  /** The hold of orders that name none, in seconds. */
  readonly hold_seconds: number;
}

/** Undefined until the API has said; null when credentials are asked for and there are none. */
export const session = createStore<Session | null | undefined>(undefined);

const nameItem = 'earmark-name';

/** The name that people give themselves where no credentials are asked for; the audit log has it. */
export const ownName = createStore(keptName() ?? 'console');

/** Keeps a name for the next time, where the browser keeps anything. */
export function rename(name: string): void {
  ownName.set(name);
  try {
    localStorage.setItem(nameItem, name);
  } catch {
    // Then it is good until the page is left.
  }
}

/** Null when there is none, and where the browser lets pages keep nothing: to look is an error there. */
function keptName(): string | null {
  try {
    return localStorage.getItem(nameItem);
  } catch {
    return null;
  }
}

/** What goes into `X-Actor`: nothing where credentials say who it is. */
export function actingAs(): string | null {
  return session.get()?.access === 'open' ? ownName.get() : null;
}
