import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { InvalidArgumentError, type Command } from 'commander';
import type { Knex } from 'knex';
import { z } from 'zod';
import { createApiKey, revokeApiKey } from '../api/credentials/api-key.ts';
import { keyName, presentKey } from '../api/schemas/keys.ts';
import { assertSchema } from '../assert-schema.ts';
import { loadConfig } from '../config.ts';
import type { Cause } from '../domain/audit.ts';
import { provenActors, roles, type ApiKey, type Role } from '../domain/identity.ts';
import { listKeys } from '../persistence/api-keys.ts';
import { openDatabase } from '../persistence/database.ts';
import type { Position } from '../persistence/keyset.ts';
import { resolveDatabase } from '../stack/addresses.ts';

interface CreateOptions {
  readonly role: Role;
  readonly name: string;
  readonly expires?: Date;
  readonly json: boolean;
}

/** `earmark keys`: who may call the API. */
export function addKeysCommand(program: Command): void {
  const keys = program
    .command('keys')
    .summary('make, list and revoke API keys')
    .description(
      'Makes, lists and revokes the API keys of callers, in the database of EARMARK_API_DATABASE_URL, or else DATABASE_URL, or else of the stack that runs in ' +
        'EARMARK_DATA_DIR. A viewer reads; an operator also places and moves orders and reservations; an admin also changes ' +
        'products, warehouses, stock and keys. Keys of one name are one caller: to replace a key make another of its name, use ' +
        'that, and revoke the old one. Each change is in the audit log.',
    );
  keys
    .command('create')
    .summary('make a key, and show it this once')
    .requiredOption('--role <role>', `what it may do: ${roles.join(', ')}`, roleOf)
    .requiredOption('--name <name>', 'whose it is: the actor in the audit log is key:<name>', nameOf)
    .option(
      '--expires <when>',
      'from when on it is refused: a date (2027-01-31), a time (2027-01-31T12:00:00Z) or 12h, 90d',
      expiryOf,
    )
    .option('--json', 'print one JSON document', false)
    .action(({ role, name, expires, json }: CreateOptions) =>
      withDatabase(async (db) => {
        const { key, text } = await createApiKey(db, { role, name, expiresAt: expires ?? null }, causeOfCommand());
        if (json) return console.log(JSON.stringify({ ...presentKey(key), key: text }));
        console.log(text);
        // Beside the key and not with it, so that a script can take the key alone.
        console.error(
          `This is the key ${key.id} of ${name}, ${role}${untilWords(key)}. It is not shown again: keep it where secrets are kept.`,
        );
      }),
    );
  keys
    .command('list')
    .summary('list the keys, newest first, without their secrets')
    .option('--json', 'print one JSON document', false)
    .action(({ json }: { readonly json: boolean }) =>
      withDatabase(async (db) => {
        const all = await everyKey(db);
        if (json) return console.log(JSON.stringify(all.map(presentKey)));
        for (const key of all)
          console.log(
            `${key.id}  ${key.name}  ${key.role}  made ${key.createdAt} by ${key.createdBy}${stateWords(key)}`,
          );
        if (all.length === 0) console.log('There are no keys. Make one with earmark keys create.');
      }),
    );
  keys
    .command('revoke')
    .summary('revoke a key: the next request with it is refused')
    .argument('<id>', 'its id, as earmark keys list shows it')
    .action((id: string) =>
      withDatabase(async (db) => {
        const { name, revokedAt } = await revokeApiKey(db, id, causeOfCommand());
        console.log(`The key ${id} of ${name} is revoked since ${revokedAt}.`);
      }),
    );
}

async function withDatabase(work: (db: Knex) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const url = await resolveDatabase(config, 'api');
  const db = openDatabase({ url, poolMax: 1, name: 'earmark keys' });
  try {
    await assertSchema(db);
    await work(db);
  } finally {
    await db.destroy();
  }
}

async function everyKey(db: Knex): Promise<ApiKey[]> {
  const all: ApiKey[] = [];
  let after: Position | null = null;
  do {
    const { items, next }: Awaited<ReturnType<typeof listKeys>> = await listKeys(db, { limit: 100, after });
    all.push(...items);
    after = next;
  } while (after !== null);
  return all;
}

/** Whoever runs the command answers for the change, by their name on this machine. */
function causeOfCommand(): Cause {
  return { actor: `${provenActors.command}${userName()}`, requestId: randomUUID(), workflowId: null };
}

function userName(): string {
  try {
    return userInfo()
      .username.replaceAll(/[^\x21-\x7e]/g, '?')
      .slice(0, 64);
  } catch {
    // A user without an entry in the system's list, as in some containers.
    return String(process.getuid?.() ?? 'unknown');
  }
}

function roleOf(text: string): Role {
  const role = roles.find((role) => role === text);
  if (role === undefined) throw new InvalidArgumentError(`It must be one of ${roles.join(', ')}.`);
  return role;
}

function nameOf(text: string): string {
  const parsed = keyName.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message}.`);
  return parsed.data;
}

const unitMs = { h: 3_600_000, d: 86_400_000 } as const;
const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

function expiryOf(text: string): Date {
  const [, count, unit] = /^(\d{1,5})([hd])$/.exec(text) ?? [];
  const at =
    count === undefined
      ? moment.safeParse(text).success
        ? Date.parse(text)
        : NaN
      : Date.now() + Number(count) * unitMs[unit as 'h' | 'd'];
  if (!(at > Date.now())) {
    throw new InvalidArgumentError(
      'It must be in the future: a date (2027-01-31), a time (2027-01-31T12:00:00Z) or 12h, 90d.',
    );
  }
  return new Date(at);
}

function untilWords({ expiresAt }: ApiKey): string {
  return expiresAt === null ? '' : `, until ${expiresAt}`;
}

function stateWords(key: ApiKey): string {
  if (key.revokedAt !== null) return `, revoked ${key.revokedAt}`;
  return key.expiresAt !== null && Date.parse(key.expiresAt) <= Date.now()
    ? `, expired ${key.expiresAt}`
    : untilWords(key);
}
