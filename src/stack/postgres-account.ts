import { execFile } from 'node:child_process';
import { chown, lchown, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Command } from './child-process.ts';
import { StackError } from './stack-error.ts';

const execute = promisify(execFile);

interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** Who runs Postgres, which refuses to run as root; `uid` and `gid` own its data folder. */
export interface PostgresAccount extends UserIds {
  /** For `spawn`: switches to another user. */
  readonly credentials: UserIds | undefined;
  /** Puts a command under this account. */
  wrap(command: Command): Command;
}

/**
 * An ordinary user runs Postgres as himself. Root runs it in a user namespace in which root has another name, so it
 * reads what root reads, a clone under root's home included; or else as the user whose folder it is in, or as
 * the user postgres, created when missing.
 *
 * @param program a Postgres program, to try whether the account can run it
 * @param folder the account must be able to enter it
 * @throws {StackError} when there is no way
 */
export async function postgresAccount(program: string, folder: string): Promise<PostgresAccount> {
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const renamed = await underAnotherName(self);
  // A container may run as a uid without a name, which initdb does not accept.
  if (self.uid !== 0) return (await hasName(self.uid)) || !(await canRun(renamed, program)) ? plain(self) : renamed;

  if (await canUse(renamed, program, folder)) return renamed;
  const owner = await ordinaryOwner(folder);
  if (owner !== undefined && (await canUse(owner, program, folder))) return owner;

  const ids = await postgresUser();
  if (ids === undefined) {
    throw new StackError(
      'Postgres does not run as root, and no user for it can be created. Run as an ordinary user, or set DATABASE_URL.',
    );
  }
  const postgres = switchedTo(ids);
  if (!(await canRun(postgres, program))) {
    throw new StackError(
      `Postgres does not run as root, and the user postgres cannot read ${program}. ` +
        'Run as an ordinary user, put the clone into a folder that every user can read, or set DATABASE_URL.',
    );
  }
  if (!(await canEnter(postgres, folder))) {
    throw new StackError(
      `Postgres does not run as root, and the user postgres cannot enter ${folder}. ` +
        'Run as an ordinary user, or set EARMARK_DATA_DIR to a folder that every user can enter.',
    );
  }
  return postgres;
}

/**
 * Gives a data folder, made by another account perhaps, to this account.
 *
 * @throws {StackError} when it belongs to somebody else and may not be changed
 */
export async function takeOwnership(folder: string, account: PostgresAccount): Promise<void> {
  const found = await stat(folder);
  if (found.uid === account.uid) return;
  if (process.getuid?.() !== 0) {
    throw new StackError(
      `${folder} belongs to another user (uid ${found.uid}). ` +
        'Start as that user, give the folder away with chown -R, or set EARMARK_DATA_DIR to another folder.',
    );
  }
  await giveAway(folder, account);
}

async function giveAway(folder: string, to: UserIds): Promise<void> {
  // The folder itself comes last: when this is cut short, its owner still says that there is work to do.
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    await (entry.isDirectory() ? giveAway(file, to) : lchown(file, to.uid, to.gid));
  }
  await chown(folder, to.uid, to.gid);
}

function plain(self: UserIds): PostgresAccount {
  return { ...self, credentials: undefined, wrap: (command) => command };
}

function switchedTo(ids: UserIds): PostgresAccount {
  return { ...ids, credentials: ids, wrap: (command) => command };
}

/** This process's own user, called something else inside a user namespace. */
async function underAnotherName(self: UserIds): Promise<PostgresAccount> {
  // Any name but root's will do; initdb looks it up, so it has to be in the list of users.
  const [, , uid = '1', gid = '1'] = (await users()).find(([, , id]) => id !== undefined && id !== '0') ?? [];
  const unshare: Command = ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`];
  return { ...self, credentials: undefined, wrap: (command) => [...unshare, ...command] };
}

/** The owner of a folder, or of the nearest one above it that is not root's. */
async function ordinaryOwner(folder: string): Promise<PostgresAccount | undefined> {
  const { uid, gid } = await stat(folder);
  if (uid !== 0) return switchedTo({ uid, gid });
  const above = path.dirname(folder);
  return above === folder ? undefined : ordinaryOwner(above);
}

async function hasName(uid: number): Promise<boolean> {
  // macOS keeps its users elsewhere, and always has a name for them.
  return process.platform !== 'linux' || (await execute('id', ['-nu', String(uid)]).then(succeeded, failed));
}

async function users(): Promise<string[][]> {
  const list = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return list.split('\n').map((line) => line.split(':'));
}

async function canUse(account: PostgresAccount, program: string, folder: string): Promise<boolean> {
  return (await canRun(account, program)) && (await canEnter(account, folder));
}

function canRun(account: PostgresAccount, program: string): Promise<boolean> {
  return succeeds(account, [program, '--version']);
}

function canEnter(account: PostgresAccount, folder: string): Promise<boolean> {
  return succeeds(account, ['test', '-x', folder]);
}

function succeeds(account: PostgresAccount, command: Command): Promise<boolean> {
  const [file, ...args] = account.wrap(command);
  return execute(file, args, { cwd: '/', ...account.credentials }).then(succeeded, failed);
}

const succeeded = (): boolean => true;
const failed = (): boolean => false;

async function postgresUser(): Promise<UserIds | undefined> {
  const existing = await idsOf('postgres');
  if (existing !== undefined) return existing;
  const waysToCreate: readonly Command[] = [
    ['useradd', '--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'postgres'],
    ['adduser', '-S', '-D', '-H', '-s', '/bin/false', 'postgres'],
  ];
  for (const [file, ...args] of waysToCreate) {
    await execute(file, args).catch(() => undefined);
    const created = await idsOf('postgres');
    if (created !== undefined) return created;
  }
  return undefined;
}

async function idsOf(user: string): Promise<UserIds | undefined> {
  try {
    const [uid, gid] = await Promise.all([execute('id', ['-u', user]), execute('id', ['-g', user])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}
