import path from 'node:path';
import envPaths from 'env-paths';
import { z } from 'zod';
import type { TokenRules } from './api/credentials/token.ts';
import type { RateLimitRules } from './api/rate-limits.ts';
import { defaultHoldRules, type HoldRules } from './domain/holding-limits.ts';
import { limits } from './domain/limits.ts';
import { faultActions, faultPoints, parseFaults, type Fault } from './fault-points.ts';
import { isLoopback } from './loopback.ts';
import { temporalSettings, type TemporalSettings } from './temporal-settings.ts';

/** Thrown when the environment cannot be used; the message has one line for every bad variable. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Everything the processes read from their environment. Folders are absolute, times are seconds. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Origins whose pages may use the API from a browser: `https://shop.example`. */
  readonly corsOrigins: readonly string[];
  /** An external Postgres, for the migrations and for whoever has no other URL; unset means the embedded one. */
  readonly databaseUrl?: string;
  /** The same database as the role of the API; DATABASE_URL, or that of the stack, unless given. */
  readonly apiDatabaseUrl?: string;
  /** The same database as the role of the workers. */
  readonly workerDatabaseUrl?: string;
  /** Who may use the API: everybody on this machine (`open`), or who has credentials. */
  readonly access: 'open' | 'credentials';
  /** Tokens that are believed; none unless given. */
  readonly tokens?: TokenRules;
  readonly rateLimits: RateLimitRules;
  /** How many proxies of ours a request passes: the address of its caller is what the outermost of them saw. */
  readonly trustedProxies: number;
  /** What commands that call the API send with it; none unless given. */
  readonly apiKey?: string;
  readonly temporal: TemporalSettings;
  /** A `temporal` binary to use as it is. */
  readonly temporalCli?: string;
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly postgresPort: number;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  /** For links to workflows, without a slash at the end; unset means the embedded one. */
  readonly temporalUiUrl?: string;
  readonly holdSeconds: number;
  readonly holdRules: HoldRules;
  readonly cleanupSeconds: number;
  readonly cleanupGraceSeconds: number;
  readonly reconcileSeconds: number;
  /** Where a worker serves its metrics, `host:port`; unset means nowhere. */
  readonly metricsAddress?: string;
  /** ISO 4217, a currency with two decimals. */
  readonly currency: string;
  readonly logLevel: (typeof logLevels)[number];
  /** What is to go wrong in this process, for tests of reliability; normally nothing. */
  readonly faults: readonly Fault[];
}

type Environment = Record<string, string | undefined>;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const faultsMessage =
  `must be a comma list of point=action or point=action@n, with an action of ${faultActions.join(', ')} ` +
  `and a point of ${faultPoints.join(', ')}`;

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .refine(
      (text) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most,
      `must be a whole number from ${least} to ${most}`,
    )
    .transform(Number);

const databaseUrl = z
  .string()
  .refine(
    (text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text),
    'must look like postgres://user:password@host:5432/database',
  )
  .optional();

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

const variables = {
  EARMARK_HOST: z
    .string()
    .regex(/^[\w.:-]+$/, 'must be a host name or an IP address')
    .default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(3000),
  EARMARK_CORS_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .refine(
      (origins) => origins.every(isOrigin),
      'must be a comma list of origins such as https://shop.example, in lower case and without a path',
    )
    .default([]),
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
  EARMARK_RATE_LIMIT: wholeNumber(1, 999_999_999).optional(),
  EARMARK_FAILED_AUTH_LIMIT: wholeNumber(1, 999_999_999).default(30),
  EARMARK_RATE_LIMIT_STORE: z.enum(['memory', 'postgres'], 'must be memory or postgres').default('memory'),
  EARMARK_TRUST_PROXY: wholeNumber(0, 10).default(0),
  EARMARK_API_KEY: z
    .string()
    .regex(/^[\w\-.~+/]+=*$/, 'must be an API key or a token')
    .optional(),
  DATABASE_URL: databaseUrl,
  EARMARK_API_DATABASE_URL: databaseUrl,
  EARMARK_WORKER_DATABASE_URL: databaseUrl,
  EARMARK_TEMPORAL_CLI: z.string().optional(),
  EARMARK_DATA_DIR: z.string().default('.earmark'),
  EARMARK_CACHE_DIR: z.string().optional(),
  EARMARK_POSTGRES_PORT: wholeNumber(1, 65_535).default(54_329),
  EARMARK_TEMPORAL_PORT: wholeNumber(1, 65_535).default(7233),
  EARMARK_TEMPORAL_UI_PORT: wholeNumber(1, 65_535).default(8233),
  EARMARK_TEMPORAL_UI_URL: z
    .string()
    .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'must be an address like http://localhost:8233')
    .transform((text) => text.replace(/\/+$/, ''))
    .optional(),
  EARMARK_HOLD_SECONDS: wholeNumber(1, 86_400).default(600),
  EARMARK_HOLD_MAX_FACTOR: wholeNumber(1, 10).default(defaultHoldRules.maxFactor),
  EARMARK_LATE_SECONDS: wholeNumber(0, 604_800).default(defaultHoldRules.lateSeconds),
  EARMARK_MAX_LINE_UNITS: wholeNumber(1, limits.quantity).optional(),
  EARMARK_MAX_HELD_UNITS: wholeNumber(1, 999_999_999).optional(),
  EARMARK_MAX_OPEN_HOLDS: wholeNumber(1, 999_999_999).optional(),
  EARMARK_CLEANUP_SECONDS: wholeNumber(1, 86_400).default(60),
  EARMARK_CLEANUP_GRACE_SECONDS: wholeNumber(0, 86_400).default(60),
  EARMARK_RECONCILE_SECONDS: wholeNumber(1, 86_400).default(3600),
  EARMARK_METRICS_ADDRESS: z
    .string()
    .regex(
      /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-fA-F:]+\]):\d{1,5}$/,
      'must be an IP address and a port, such as 127.0.0.1:9464',
    )
    .optional(),
  EARMARK_CURRENCY: z
    .string()
    .refine(hasTwoDecimals, 'must be an ISO 4217 currency with two decimals, such as USD or EUR')
    .default('USD'),
  EARMARK_FAULTS: z
    .string()
    .transform((text, context) => {
      const faults = parseFaults(text);
      if (faults === undefined) context.addIssue({ code: 'custom', message: faultsMessage });
      return faults ?? z.NEVER;
    })
    .default([]),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
};

/**
 * Reads and checks the environment.
 *
 * @throws {ConfigError} naming every bad or unknown variable at once
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  // Compose files and shells often hand over an empty variable for "not set".
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && value !== '') given[name] = value;
  const problems = unknownNames(given);

  const parsed = z.object(variables).safeParse(given);
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    problems.push(`${name} ${issue.message}, but it is ${JSON.stringify(shown(name, given[name]))}.`);
  }
  const temporal = temporalSettings(given, problems);
  if (parsed.success) problems.push(...contradictions(parsed.data));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems.join('\n'));

  const values = parsed.data;
  return Object.freeze({
    host: values.EARMARK_HOST,
    port: values.PORT,
    corsOrigins: Object.freeze(values.EARMARK_CORS_ORIGINS),
    ...(values.DATABASE_URL === undefined ? {} : { databaseUrl: values.DATABASE_URL }),
    ...(values.EARMARK_API_DATABASE_URL === undefined ? {} : { apiDatabaseUrl: values.EARMARK_API_DATABASE_URL }),
    ...(values.EARMARK_WORKER_DATABASE_URL === undefined
      ? {}
      : { workerDatabaseUrl: values.EARMARK_WORKER_DATABASE_URL }),
    access: accessOf(values),
    ...tokenRules(values),
    rateLimits: Object.freeze({
      requests: values.EARMARK_RATE_LIMIT ?? (accessOf(values) === 'open' ? null : usualRateLimit),
      failures: values.EARMARK_FAILED_AUTH_LIMIT,
      store: values.EARMARK_RATE_LIMIT_STORE,
    }),
    trustedProxies: values.EARMARK_TRUST_PROXY,
    ...(values.EARMARK_API_KEY === undefined ? {} : { apiKey: values.EARMARK_API_KEY }),
    temporal: Object.freeze(temporal),
    ...(values.EARMARK_TEMPORAL_CLI === undefined ? {} : { temporalCli: path.resolve(values.EARMARK_TEMPORAL_CLI) }),
    dataDir: path.resolve(values.EARMARK_DATA_DIR),
    cacheDir: path.resolve(values.EARMARK_CACHE_DIR ?? envPaths('earmark', { suffix: '' }).cache),
    postgresPort: values.EARMARK_POSTGRES_PORT,
    temporalPort: values.EARMARK_TEMPORAL_PORT,
    temporalUiPort: values.EARMARK_TEMPORAL_UI_PORT,
    ...(values.EARMARK_TEMPORAL_UI_URL === undefined ? {} : { temporalUiUrl: values.EARMARK_TEMPORAL_UI_URL }),
    holdSeconds: values.EARMARK_HOLD_SECONDS,
    holdRules: Object.freeze({
      maxFactor: values.EARMARK_HOLD_MAX_FACTOR,
      lateSeconds: values.EARMARK_LATE_SECONDS,
      limits: Object.freeze({
        lineUnits: values.EARMARK_MAX_LINE_UNITS ?? null,
        heldUnits: values.EARMARK_MAX_HELD_UNITS ?? null,
        openHolds: values.EARMARK_MAX_OPEN_HOLDS ?? null,
      }),
    }),
    cleanupSeconds: values.EARMARK_CLEANUP_SECONDS,
    cleanupGraceSeconds: values.EARMARK_CLEANUP_GRACE_SECONDS,
    reconcileSeconds: values.EARMARK_RECONCILE_SECONDS,
    ...(values.EARMARK_METRICS_ADDRESS === undefined ? {} : { metricsAddress: values.EARMARK_METRICS_ADDRESS }),
    currency: values.EARMARK_CURRENCY,
    logLevel: values.LOG_LEVEL,
    faults: Object.freeze(values.EARMARK_FAULTS),
  });
}

type Values = z.output<z.ZodObject<typeof variables>>;

/** Requests a minute for each credential, unless set: far more than a shop's back office needs, too few to hurt others. */
const usualRateLimit = 6_000;

/** Open only at home: by itself that is the embedded database and an address that nobody else can reach. */
function accessOf(values: Values): Config['access'] {
  if (values.EARMARK_AUTH !== undefined) return values.EARMARK_AUTH === 'open' ? 'open' : 'credentials';
  const isEmbedded = values.DATABASE_URL === undefined && values.EARMARK_API_DATABASE_URL === undefined;
  const isAlone = isLoopback(values.EARMARK_HOST) && values.EARMARK_TRUST_PROXY === 0;
  return isEmbedded && isAlone && values.EARMARK_JWKS_URL === undefined ? 'open' : 'credentials';
}

/** Variables that are good each, and cannot be together. */
function contradictions(values: Values): string[] {
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

function tokenRules(values: Values): { readonly tokens?: TokenRules } {
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

/** This process's environment with some variables set, for a child process. */
export function environmentWith(overrides: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...overrides };
}

/** What a program needs of the environment that is no business of Earmark's. */
const everyPrograms = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TMPDIR', 'TZ'];

/** An environment for a server that is not ours: nothing that Earmark, its database or Temporal's clients are told is in it. */
export function serverEnvironment(overrides: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => everyPrograms.includes(name));
  return { ...Object.fromEntries(kept), ...overrides };
}

/** What a worker has no use for: URLs of other roles (its own comes another way), and what credentials of callers are checked by. */
const notForWorkers =
  /^(DATABASE_URL|EARMARK_(API|WORKER)_DATABASE_URL|EARMARK_API_KEY|EARMARK_JW(KS|T)_\w+|EARMARK_AUTH)$/;

/** This process's environment for a worker that is told its servers. */
export function workerEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !notForWorkers.test(name)));
}

/** Whether text is what a browser sends as Origin; anything else would never match. */
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function hasTwoDecimals(currency: string): boolean {
  if (!Intl.supportedValuesOf('currency').includes(currency)) return false;
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits === 2;
}

function shown(name: string, value: string | undefined): string {
  if (name === 'EARMARK_API_KEY') return '***';
  // To the last @ and from the first colon: a password that was not escaped is why such a URL is wrong, and comes to be shown.
  return name.endsWith('_URL') ? (value ?? '').replace(/(?<=:\/\/[^:]*):.*@/s, ':***@') : (value ?? '');
}

function unknownNames(env: Environment): string[] {
  const known = Object.keys(variables);
  return Object.keys(env)
    .filter((name) => name.startsWith('EARMARK_') && !known.includes(name))
    .map((name) => `${name} is not a variable of Earmark. Did you mean ${nearest(name, known)}?`);
}

function nearest(name: string, candidates: readonly string[]): string {
  const earmarkNames = candidates.filter((candidate) => candidate.startsWith('EARMARK_'));
  return earmarkNames.reduce((best, next) => (distance(name, next) < distance(name, best) ? next : best));
}

/** Levenshtein distance. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
