import { mayActAs, type Role } from '../../domain/identity.ts';
import { session } from '../client/session.ts';
import { useStore } from '../client/store.ts';

/** Whether whoever looks at the console may do what takes a role. The API decides; this is for what is offered at all. */
export function useMay(needed: Role): boolean {
  const who = useStore(session);
  return who !== undefined && who !== null && mayActAs(who.role, needed);
}
