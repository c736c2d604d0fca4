/** What a caller may do; each role may do all that those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;

/**
 * `viewer` reads. `operator` also places and moves orders and reservations. `admin` also changes products, warehouses, stock and
 * keys.
 */
export type Role = (typeof roles)[number];

/** Who may use a part of the API: `public` is everybody, also without credentials. */
export type Access = Role | 'public';

/** A caller that is known. */
export interface Identity {
  /** The name in the audit log, with where it comes from: `key:web-shop`, `jwt:anna`; without credentials as the caller says. */
  readonly actor: string;
  readonly role: Role;
  /** Whether credentials prove who it is; else the name is what the caller says. */
  readonly isProven: boolean;
  /** Of an API key: keys of one name are one actor, and the log tells them apart. */
  readonly keyId?: string;
}

/**
 * How the actors begin whose name was proven, and those of commands. Nobody may claim such a name, for themselves or for whom they act:
 * the audit log would not tell one from the other.
 */
export const provenActors = { key: 'key:', token: 'jwt:', command: 'cli:' } as const;

/** Whether somebody decided who may use something. */
export function isAccess(access: unknown): access is Access {
  return access === 'public' || (roles as readonly unknown[]).includes(access);
}

/** Whether a role may do what another is needed for. */
export function mayActAs(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** Whether a name is one that only credentials or a command give. */
export function isProvenActor(actor: string): boolean {
  return Object.values(provenActors).some((prefix) => actor.toLowerCase().startsWith(prefix));
}

/** A key of a caller, without its secret, which nobody knows but who made it. */
export interface ApiKey {
  /** 12 characters of a-z and 0-9: the part of the key that is no secret. */
  readonly id: string;
  /** Keys of one name are one caller, so that a key can be replaced: make the new one, use it, revoke the old one. */
  readonly name: string;
  readonly role: Role;
  readonly createdBy: string;
  readonly createdAt: string;
  /** From then on it is refused; null is never. */
  readonly expiresAt: string | null;
  /** Null while it is good. */
  readonly revokedAt: string | null;
}
