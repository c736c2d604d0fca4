import { z } from 'zod';
import type { TokenRules } from './api/credentials/token.ts';
import { isLoopback } from './loopback.ts';
import { wholeNumber } from './number-variable.ts';

/** Those with a public key: with a shared secret, whoever can check a token could make one. */
const signatureAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** The variables that say who may use the API, and whose tokens are believed. */
export const accessVariables = {
  EARMARK_AUTH: z.enum(['open', 'required'], 'must be open or required').optional(),
  EARMARK_JWKS_URL: z
    .string()
    .refine(isKeySetAddress, 'must be an https address (http on this machine alone) without a user or a password')
    .optional(),
  EARMARK_JWT_ISSUER: z.string().optional(),
  EARMARK_JWT_AUDIENCE: z.string().optional(),
  EARMARK_JWT_ALGORITHMS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .refine(
      (names) => names.every((name) => signatureAlgorithms.includes(name)),
      `must be a comma list of ${signatureAlgorithms.join(', ')}`,
    )
    .default(['RS256', 'PS256', 'ES256', 'EdDSA']),
  EARMARK_JWT_ROLE_CLAIM: z.string().default('role'),
  EARMARK_JWT_TOLERANCE_SECONDS: wholeNumber(0, 300).default(5),
};

/** What they say, and the other variables on which it depends whether the API is at home. */
type AccessValues = z.output<z.ZodObject<typeof accessVariables>> & {
  readonly EARMARK_HOST: string;
  readonly EARMARK_TRUST_PROXY: number;
  readonly DATABASE_URL?: string | undefined;
  readonly EARMARK_API_DATABASE_URL?: string | undefined;
};

/** Who may use the API. Open only at home: by itself that is the embedded database and an address that nobody else can reach. */
export function accessOf(values: AccessValues): 'open' | 'credentials' {
  if (values.EARMARK_AUTH !== undefined) return values.EARMARK_AUTH === 'open' ? 'open' : 'credentials';
  const isEmbedded = values.DATABASE_URL === undefined && values.EARMARK_API_DATABASE_URL === undefined;
  const isAlone = isLoopback(values.EARMARK_HOST) && values.EARMARK_TRUST_PROXY === 0;
  return isEmbedded && isAlone && values.EARMARK_JWKS_URL === undefined ? 'open' : 'credentials';
}

/** Variables that are good each, and cannot be together. */
export function contradictions(values: AccessValues): string[] {
  const wrong: string[] = [];
  if (values.EARMARK_AUTH === 'open' && !isLoopback(values.EARMARK_HOST)) {
    wrong.push(
      `EARMARK_AUTH is open, but EARMARK_HOST ${JSON.stringify(values.EARMARK_HOST)} can be reached by others. Set it to ` +
        `127.0.0.1, or EARMARK_AUTH to required.`,
    );
  }
  if (values.EARMARK_AUTH === 'open' && values.EARMARK_TRUST_PROXY > 0) {
    wrong.push('EARMARK_AUTH is open, but EARMARK_TRUST_PROXY is set: who comes through a proxy needs credentials.');
  }
  if (values.EARMARK_AUTH === 'open' && values.EARMARK_JWKS_URL !== undefined) {
    wrong.push('EARMARK_AUTH is open, but EARMARK_JWKS_URL is set. Take one of them away.');
  }
  const ofTokens = ['EARMARK_JWKS_URL', 'EARMARK_JWT_ISSUER', 'EARMARK_JWT_AUDIENCE'] as const;
  const missing = ofTokens.filter((name) => values[name] === undefined);
  if (missing.length > 0 && missing.length < ofTokens.length) {
    const given = ofTokens.filter((name) => values[name] !== undefined);
    wrong.push(`${missing.join(' and ')} must be set together with ${given.join(' and ')}.`);
  }
  return wrong;
}

/** Which tokens are believed; none unless the variables of tokens are there, all of which {@link contradictions} demands together. */
export function tokenRules(values: AccessValues): { readonly tokens?: TokenRules } {
  const { EARMARK_JWKS_URL: jwksUrl, EARMARK_JWT_ISSUER: issuer, EARMARK_JWT_AUDIENCE: audience } = values;
  if (jwksUrl === undefined || issuer === undefined || audience === undefined) return {};
  return {
    tokens: Object.freeze({
      jwksUrl,
      issuer,
      audience,
      algorithms: Object.freeze(values.EARMARK_JWT_ALGORITHMS),
      roleClaim: values.EARMARK_JWT_ROLE_CLAIM,
      toleranceSeconds: values.EARMARK_JWT_TOLERANCE_SECONDS,
    }),
  };
}

/** Over plain http anybody on the way could put their own keys in. */
function isKeySetAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')));
}
