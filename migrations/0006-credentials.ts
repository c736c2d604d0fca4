import type { Knex } from 'knex';

/**
 * Who may do what: keys of callers, and in the audit log, beside who did something, on whose behalf it was done. Old code writes
 * entries as before.
 */
export async function up(db: Knex): Promise<void> {
  // NOT VALID: the old constraints vouch for the entries that are there, and the log may be long.
  await db.raw(`
    CREATE TABLE api_keys (
      id text PRIMARY KEY CONSTRAINT api_keys_id_form CHECK (id ~ '^[a-z0-9]{12}$'),
      name text NOT NULL CONSTRAINT api_keys_name_form CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
      role text NOT NULL CONSTRAINT api_keys_role_known CHECK (role IN ('viewer', 'operator', 'admin')),
      -- SHA-256 of the secret: it is 256 random bits, so that nothing slower is needed against guessing.
      hash bytea NOT NULL CONSTRAINT api_keys_hash_is_sha256 CHECK (octet_length(hash) = 32),
      created_by text NOT NULL,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      expires_at timestamptz(3),
      revoked_at timestamptz(3)
    );
    CREATE INDEX api_keys_created_at ON api_keys (created_at, id);

    -- A key is made, and revoked once: nobody gives one more than it had, and what was revoked stays so. Rows are never deleted.
    CREATE FUNCTION refuse_key_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.id, NEW.name, NEW.role, NEW.hash, NEW.created_by, NEW.created_at, NEW.expires_at)
         IS DISTINCT FROM (OLD.id, OLD.name, OLD.role, OLD.hash, OLD.created_by, OLD.created_at, OLD.expires_at)
         OR OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE EXCEPTION 'key % can be revoked, once, and is otherwise as it was made', OLD.id USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END
    $$;
    CREATE TRIGGER api_keys_only_revoked BEFORE UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION refuse_key_change();

    -- Counts of the last minute: nothing is lost when a crash empties it.
    CREATE UNLOGGED TABLE rate_limits (
      key varchar(255) PRIMARY KEY,
      points integer NOT NULL DEFAULT 0,
      expire bigint
    );

    ALTER TABLE audit_log
      ADD COLUMN on_behalf_of text,
      DROP CONSTRAINT audit_log_action_known,
      ADD CONSTRAINT audit_log_action_known CHECK (action IN (
        'PRODUCT_CREATED', 'PRODUCT_UPDATED', 'WAREHOUSE_CREATED', 'WAREHOUSE_UPDATED', 'STOCK_ADJUSTED', 'STOCK_TRANSFERRED',
        'ORDER_CREATED', 'ORDER_STATUS_CHANGED', 'ITEMS_RETURNED', 'WAITING_STARTED', 'WAITING_ENDED', 'HOLD_EXTENDED',
        'RESERVATION_CREATED', 'RESERVATION_EXPIRED', 'RESERVATION_RELEASED', 'RESERVATION_FULFILLED',
        'RESERVATION_RESCUED', 'CONFIRMATION_TOO_LATE', 'KEY_CREATED', 'KEY_REVOKED', 'REPAIRED')) NOT VALID,
      DROP CONSTRAINT audit_log_object_type_known,
      ADD CONSTRAINT audit_log_object_type_known
        CHECK (object_type IN ('Product', 'StockLevel', 'Order', 'Reservation', 'Warehouse', 'ApiKey')) NOT VALID;
    CREATE INDEX audit_log_on_behalf_of ON audit_log (on_behalf_of, id) WHERE on_behalf_of IS NOT NULL;
  `);
}

/** Migrations are append-only: going back would forget who did what for whom. */
export async function down(): Promise<void> {
  throw new Error('Migrations are not undone; restore a backup instead.');
}
