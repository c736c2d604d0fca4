import pg from 'pg';
import {
  entriesSince,
  mostEntries,
  presentEntries,
  type ChangeBatch,
  type ChangePosition,
  type LookedUp,
} from './change-entries.ts';
import { changeChannel } from './change-notices.ts';
import { clientSettings } from './database.ts';
import { closeWhenSilent } from './silence.ts';
import { isBeyond } from './snapshot.ts';

/** Products that changed, or everything may have. */
export type ChangedProducts = readonly string[] | 'everything';

/** Milliseconds. */
const often = {
  /** Between two looks when nobody says anything. */
  look: 1_000,
  /** Between two looks that notices ask for. */
  notice: 40,
  /** Until a lost connection is made again. */
  again: 250,
} as const;

/** Milliseconds after which what was last looked for vouches for nothing any more. */
const vouchedFor = 1_500;

/**
 * What was committed since a snapshot, as the audit log tells. Whatever this statement sees and that snapshot did not is new, whichever
 * order ids and transactions came in: a late commit is not missed, and a transaction that takes its time holds up nobody else's. Those are
 * the transactions that the snapshot lists and the ones that began after it, and no others are gone through.
 * Each object is looked up by itself (LATERAL … OFFSET 0), so that no wrong guess reads a whole table.
 */
const changesSince = `
  WITH changed AS MATERIALIZED (
    (SELECT object_type, object_id FROM audit_log WHERE tx >= pg_snapshot_xmax($1::pg_snapshot)
      ORDER BY tx, id LIMIT ${mostEntries + 1})
    UNION ALL
    SELECT of.object_type, of.object_id FROM pg_snapshot_xip($1::pg_snapshot) AS running (tx) CROSS JOIN LATERAL (
      SELECT object_type, object_id FROM audit_log WHERE audit_log.tx = running.tx
       ORDER BY tx, id LIMIT ${mostEntries + 1}) of
  )
  SELECT pg_current_snapshot()::text AS upto,
         (SELECT count(*) > ${mostEntries} OR coalesce(bool_or(object_type = 'Warehouse'), false) FROM changed) AS everything,
         ARRAY(
           SELECT object_id FROM changed WHERE object_type = 'Product'
           UNION SELECT split_part(object_id, '/', 1) FROM changed WHERE object_type = 'StockLevel'
           UNION SELECT of.product_id::text FROM changed c CROSS JOIN LATERAL (
                   SELECT r.product_id FROM reservations r
                    WHERE r.id = CASE WHEN c.object_type = 'Reservation' THEN c.object_id::uuid END OFFSET 0) of
           UNION SELECT of.product_id::text FROM changed c CROSS JOIN LATERAL (
                   SELECT l.product_id FROM order_lines l
                    WHERE l.order_id = CASE WHEN c.object_type = 'Order' THEN c.object_id::uuid END OFFSET 0) of
         ) AS products`;

interface Look {
  upto: string;
  everything: boolean;
  products: string[];
}

/** Where a connection begins: what can be seen, and the database with its history, which goes another way after a failover or a restore. */
const beginning = `
  SELECT pg_current_snapshot()::text AS upto, clock_timestamp() AS now,
         concat_ws('-', (SELECT system_identifier FROM pg_control_system()), (SELECT oid FROM pg_database WHERE datname = current_database()),
                   left(pg_walfile_name(pg_current_wal_lsn()), 8)) AS cluster`;

interface Beginning {
  upto: string;
  now: Date;
  cluster: string;
}

/** The database whose changes are followed. */
interface FollowedDatabase {
  /** Postgres connection URL. */
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  readonly channel?: string;
}

/** Who is told what the feed finds. */
export interface ChangeListener {
  /** What was committed by whichever process. */
  readonly changed: (products: ChangedProducts) => void;
  /** The feed was lost: from now on nobody says what changes. */
  readonly lost: () => void;
  /** Who wants the entries themselves; nobody unless given. */
  readonly entries?: EntryListener;
}

/** Who is told the entries, as long as it listens: without a gap, also over a lost connection. */
export interface EntryListener {
  readonly isListening: () => boolean;
  /** Called for each look, also where it found nothing. */
  readonly told: (batch: ChangeBatch) => void;
}

/**
 * Follows the changes of products and their stock. It has a connection of its own, on which it hears the notices of those who write, and
 * looks into the audit log when there is one, and every second. Of what was committed it tells within 100 ms, or 1.5 s where the writer died
 * before its notice or notices do not get through (as behind PgBouncer in transaction mode); else {@link isFresh} says no.
 */
export class ChangeFeed {
  readonly #settings: pg.ClientConfig;
  readonly #channel: string;
  readonly #listener: ChangeListener;
  #client: pg.Client | undefined;
  /** What has been seen: undefined while there is no connection. */
  #since: string | undefined;
  #cluster = '';
  /** What had been seen when the connection was lost. */
  #lostAt: ChangePosition | undefined;
  /** When the last look that succeeded began. */
  #lookedAt = -Infinity;
  #beganAt = -Infinity;
  #looking: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #soon: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #connecting: Promise<void> | undefined;
  #isStopped = false;

  /** @param channel where notices are heard; that of all who write unless given */
  constructor({ url, name, channel = changeChannel }: FollowedDatabase, listener: ChangeListener) {
    // A look is short, or the feed is lost.
    const settings = clientSettings({ url, name, statementMs: often.look });
    this.#settings = { ...settings, query_timeout: often.look };
    this.#channel = channel;
    this.#listener = listener;
  }

  /** Begins to follow; a database that does not answer is tried again until it does. */
  start(): void {
    this.#connecting = this.#connect();
    this.#timer = setInterval(() => void this.catchUp().catch(ignore), often.look);
  }

  /** Whether everything that was committed 1.5 s ago and earlier has been told. */
  isFresh(): boolean {
    return this.#since !== undefined && performance.now() - this.#lookedAt < vouchedFor;
  }

  /**
   * Looks. When it returns, everything has been told that was committed before it was called.
   * @throws when there is no connection, or it was lost meanwhile
   */
  catchUp(): Promise<void> {
    if (this.#looking === undefined) return this.#look();
    // The one under way may have begun too early. All who come now share the one behind it.
    this.#next ??= this.#looking.catch(ignore).then(() => {
      this.#next = undefined;
      return this.#look();
    });
    return this.#next;
  }

  /** Ends the connection. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    const client = this.#client;
    this.#lose(client);
    await this.#connecting;
    await client?.end().catch(ignore);
  }

  #look(): Promise<void> {
    const client = this.#client;
    if (client === undefined || this.#since === undefined)
      return Promise.reject(new Error('The feed is not connected'));
    this.#looking = this.#lookWith(client, this.#since);
    return this.#looking;
  }

  async #lookWith(client: pg.Client, since: string): Promise<void> {
    const began = performance.now();
    this.#beganAt = began;
    try {
      const listens = this.#listener.entries?.isListening() ?? false;
      const query = listens ? entriesSince(since) : { text: changesSince, values: [since] };
      const { rows } = await client.query<Look | LookedUp>(query);
      const [look] = rows;
      if (look === undefined || this.#client !== client) throw new Error('The feed was lost');
      const { changed, batch } = found(look, this.#cluster);
      if (changed.length > 0) this.#listener.changed(changed);
      this.#since = look.upto;
      this.#lookedAt = began;
      if (batch !== undefined) this.#listener.entries?.told(batch);
    } catch (error) {
      this.#lose(client);
      throw error;
    } finally {
      this.#looking = undefined;
    }
  }

  /** Connects, and notes what can be seen from there: what was kept before is worth nothing. */
  async #connect(): Promise<void> {
    const client = new pg.Client(this.#settings);
    closeWhenSilent(client);
    client.on('error', () => this.#lose(client));
    client.on('end', () => this.#lose(client));
    client.on('notification', () => this.#lookSoon());
    this.#client = client;
    try {
      await client.connect();
      await client.query({ text: `LISTEN ${pg.escapeIdentifier(this.#channel)}` });
      const began = performance.now();
      const { rows } = await client.query<Beginning>({ text: beginning });
      const [begun] = rows;
      if (this.#client !== client || begun === undefined) return;
      this.#since = this.#resumeAt(begun);
      this.#cluster = begun.cluster;
      this.#lostAt = undefined;
      this.#lookedAt = began;
      this.#lookSoon();
    } catch {
      this.#lose(client);
    }
  }

  /** Whoever listens to entries is to miss none: then it goes on from where it was lost, if that is still of this database. */
  #resumeAt({ upto, now, cluster }: Beginning): string {
    const { entries } = this.#listener;
    const from = this.#lostAt;
    if (from === undefined || !entries?.isListening()) return upto;
    if (from.cluster === cluster && !isBeyond(from.snapshot, upto)) return from.snapshot;
    entries.told({ position: { cluster, snapshot: upto }, now, entries: 'everything' });
    return upto;
  }

  #lose(client: pg.Client | undefined): void {
    if (client === undefined || this.#client !== client) return;
    this.#client = undefined;
    if (this.#since !== undefined) this.#lostAt = { cluster: this.#cluster, snapshot: this.#since };
    this.#since = undefined;
    this.#listener.lost();
    client.end().catch(ignore);
    clearTimeout(this.#soon);
    this.#soon = undefined;
    if (this.#isStopped) return;
    setTimeout(() => {
      if (!this.#isStopped) this.#connecting = this.#connect();
    }, often.again).unref();
  }

  #lookSoon(): void {
    if (this.#soon !== undefined) return;
    this.#soon = setTimeout(
      () => {
        this.#soon = undefined;
        void this.catchUp().catch(ignore);
      },
      Math.max(0, this.#beganAt + often.notice - performance.now()),
    );
  }
}

/** What a look found, for those who keep products and for those who listen to entries. */
function found(look: Look | LookedUp, cluster: string): { changed: ChangedProducts; batch?: ChangeBatch } {
  if ('everything' in look) return { changed: look.everything ? 'everything' : look.products };
  const entries = presentEntries(look.entries);
  const batch = { position: { cluster, snapshot: look.upto }, now: look.now, entries };
  if (entries === 'everything' || entries.some(({ objectType }) => objectType === 'Warehouse'))
    return { changed: 'everything', batch };
  return { changed: Array.from(new Set(entries.flatMap(({ productIds }) => productIds))), batch };
}

const ignore = (): void => undefined;
