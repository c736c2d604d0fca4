import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';
import type { TokenRules } from '../../src/api/credentials/token.ts';

/** The address of a key set, whose answers a test decides. */
export interface KeySetServer {
  readonly url: string;
  /** How often it was asked. */
  readonly asked: number;
  /** From now on it answers with these keys. */
  publish(...keys: readonly JWK[]): void;
  /** From now on it answers like this. */
  answer(listener: RequestListener): void;
  /** Nothing listens there any more. */
  close(): Promise<void>;
}

/** Listens on a free port of the loopback interface; until something is published there is an empty set. */
export async function startKeySetServer(): Promise<KeySetServer> {
  let asked = 0;
  let current: RequestListener = answerOf([]);
  const server = createServer((request, response) => {
    asked += 1;
    current(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The key set listens on no port');
  return {
    url: `http://127.0.0.1:${address.port}/jwks.json`,
    get asked() {
      return asked;
    },
    publish: (...keys) => void (current = answerOf(keys)),
    answer: (listener) => void (current = listener),
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answerOf(keys: readonly JWK[]): RequestListener {
  // Not kept alive, so that a server that is closed is gone for whoever asked it before.
  const headers = { 'Content-Type': 'application/json', Connection: 'close' };
  return (_, response) => void response.writeHead(200, headers).end(JSON.stringify({ keys }));
}

/** A pair of keys of an issuer. */
export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** What the key set has of it. */
  readonly jwk: JWK;
}

/** @param alg the JWS algorithm that it is for */
export async function makeSigningKey(alg = 'ES256', kid = 'first'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' } };
}

/** Whose tokens the tests believe. */
export const issuer = 'https://login.example';
export const audience = 'earmark';

/** The usual rules for the tokens that a key set is for. */
export function rulesFor({ url }: Pick<KeySetServer, 'url'>, others: Partial<TokenRules> = {}): TokenRules {
  const algorithms = ['RS256', 'ES256'];
  return { jwksUrl: url, issuer, audience, algorithms, roleClaim: 'role', toleranceSeconds: 5, ...others };
}

/** Claims that are believed. A value of undefined takes one of them away. */
export function goodClaims(others: Readonly<Record<string, unknown>> = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: audience, sub: 'anna', role: 'admin', iat: now, exp: now + 300, ...others };
  return JSON.parse(JSON.stringify(claims)) as JWTPayload;
}

/** A signed token. @param claims others than {@link goodClaims} */
export async function signToken(
  { alg, kid, privateKey }: Pick<SigningKey, 'alg' | 'kid' | 'privateKey'>,
  claims: Readonly<Record<string, unknown>> = {},
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT(goodClaims(claims)).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
}
