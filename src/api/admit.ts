import { mayActAs, type Access, type Identity } from '../domain/identity.ts';
import { missingCredentials } from './credentials/refused-credentials.ts';
import { ProblemError } from './problems.ts';

/**
 * Demands that a caller may use something.
 * @param identity undefined when there are no credentials
 * @throws ProblemError unauthenticated, forbidden
 */
export function assertMay(identity: Identity | undefined, access: Access): void {
  if (access === 'public') return;
  if (identity === undefined) throw missingCredentials();
  if (!mayActAs(identity.role, access)) throw forbidden(identity, access);
}

function forbidden({ role }: Identity, needed: Exclude<Access, 'public'>): ProblemError {
  return new ProblemError('forbidden', `This takes the role ${needed}; these credentials have the role ${role}.`, {
    members: { needed, role },
  });
}
