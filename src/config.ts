import path from 'node:path';
import envPaths from 'env-paths';
import { z } from 'zod';
import { accessOf, accessVariables, contradictions, tokenRules } from './access-settings.ts';
import type { TokenRules } from './api/credentials/token.ts';
import type { RateLimitRules } from './api/rate-limits.ts';
import { defaultHoldRules, type HoldRules } from './domain/holding-limits.ts';
import { limits } from './domain/limits.ts';
import { faultActions, faultPoints, parseFaults, type Fault } from './fault-points.ts';
import { temporalSettings, type TemporalSettings } from './temporal-settings.ts';
import { wholeNumber } from './number-variable.ts';

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

const databaseUrl = z
  .string()
  .refine(
    (text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text),
    'must look like postgres://user:password@host:5432/database',
  )
  .optional();

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
  ...accessVariables,
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
  EARMARK_DATA_DIR: z.string().optional(),
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
 * @param defaults of a command that is for something else
 * @throws {ConfigError} naming every bad or unknown variable at once
 */
export function loadConfig(
  env: NodeJS.ProcessEnv = process.env,
  { dataDir = '.earmark' }: { readonly dataDir?: string } = {},
): Config {
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
    dataDir: path.resolve(values.EARMARK_DATA_DIR ?? dataDir),
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

/** Requests a minute for each credential, unless set: far more than a shop's back office needs, too few to hurt others. */
export const usualRateLimit = 6_000;

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
