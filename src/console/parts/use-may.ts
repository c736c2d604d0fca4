import { mayActAs, type Role } from '../../domain/identity.ts';
import { session } from '../api/session.ts';
import { useStore } from '../api/store.ts';

/** Whether whoever is signed in may do what a role is needed for: what one may not do is not offered. */
export function useMay(needed: Role): boolean {
  const who = useStore(session);
  return who ? mayActAs(who.role, needed) : false;
}
