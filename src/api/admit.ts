import { mayActAs, type Access, type Identity } from '../domain/identity.ts';
import { missingCredentials } from './credentials/refused-credentials.ts';
import { ProblemError } from './problems.ts';

/**
 * Demands that a caller may use something, and may act for somebody else where it does.
 * @param identity undefined when there are no credentials
 * @throws ProblemError unauthenticated, forbidden
 */
export function assertMay(identity: Identity | undefined, access: Access, actsForOthers: boolean): void {
  // Nothing that a viewer does is for anybody else. Without credentials the name is the caller's own.
  if (identity?.isProven && actsForOthers && !mayActAs(identity.role, 'operator')) {
    throw forbidden(identity, 'operator', 'Acting for somebody (X-Actor)');
  }
  if (access === 'public') return;
  if (identity === undefined) throw missingCredentials();
  if (!mayActAs(identity.role, access)) throw forbidden(identity, access, 'This');
}

function forbidden({ role }: Identity, needed: Exclude<Access, 'public'>, what: string): ProblemError {
  return new ProblemError('forbidden', `${what} takes the role ${needed}; these credentials have the role ${role}.`, {
    members: { needed, role },
  });
}
