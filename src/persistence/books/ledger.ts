import type { Fields, Finding, FindingKind } from '../../domain/finding.ts';
import { repairPrefix } from '../../domain/movement.ts';
import type { StockFigures } from '../../domain/stock.ts';
import type { Queryable } from '../database.ts';
import { andOnly, type Only } from './logged-states.ts';
import { sayFigures, stockFields } from './stock.ts';

/** A stock level that is not where its movements have brought it, or whose movements do not follow one from the other. */
export interface LedgerDiscrepancy {
  /** As in the audit log: `<product id>/<warehouse code>`. */
  readonly id: string;
  /** Null when there is no such row. */
  readonly row: StockFigures | null;
  /** The balance of its newest movement; nothing when it has none. */
  readonly balance: StockFigures;
  /** Movements since its last repair whose balance is not the one before and their change. */
  readonly astray: number;
  /** The oldest of them. */
  readonly firstAstray: string | null;
}

interface Row {
  id: string;
  exists: boolean;
  total: number;
  available: number;
  reserved: number;
  balance_total: number;
  balance_reserved: number;
  astray: number;
  first_astray: string | null;
}

/**
 * Stock levels that differ from the newest balance in the ledger, or whose movements contradict one another. The movement of a repair
 * draws a line: what was changed by hand before it stays as it is, and is not looked at again.
 */
export async function ledgerDiscrepancies(db: Queryable, only?: Only): Promise<LedgerDiscrepancy[]> {
  const products = only?.map((level) => level.split('/')[0] as string);
  const { rows } = await db.raw<{ rows: Row[] }>(
    `WITH steps AS (
            SELECT product_id, warehouse_id, id, total_after, reserved_after, lead(id) OVER level IS NULL AS newest,
                   total_after <> coalesce(lag(total_after) OVER level, 0)::bigint + total
                     OR reserved_after <> coalesce(lag(reserved_after) OVER level, 0)::bigint + reserved AS astray,
                   coalesce(max(id) FILTER (WHERE type = 'adjusted' AND actor = 'system' AND starts_with(reason, ?)) OVER whole, 0)
                     AS repaired
              FROM stock_movements WHERE true ?
            WINDOW whole AS (PARTITION BY product_id, warehouse_id), level AS (PARTITION BY product_id, warehouse_id ORDER BY id)),
          ledger AS (
            SELECT product_id, warehouse_id, max(total_after) FILTER (WHERE newest) AS total,
                   max(reserved_after) FILTER (WHERE newest) AS reserved,
                   count(*) FILTER (WHERE astray AND id > repaired)::integer AS astray,
                   min(id) FILTER (WHERE astray AND id > repaired) AS first_astray
              FROM steps GROUP BY product_id, warehouse_id),
          levels AS (SELECT * FROM stock_levels WHERE true ?),
          compared AS (
            SELECT coalesce(s.product_id, l.product_id) || '/' || w.code AS id, s.product_id IS NOT NULL AS exists,
                   s.total, s.available, s.reserved, coalesce(l.total, 0) AS balance_total,
                   coalesce(l.reserved, 0) AS balance_reserved, coalesce(l.astray, 0) AS astray, l.first_astray
              FROM levels s FULL JOIN ledger l ON l.product_id = s.product_id AND l.warehouse_id = s.warehouse_id
              JOIN warehouses w ON w.id = coalesce(s.warehouse_id, l.warehouse_id))
     SELECT * FROM compared
      WHERE (coalesce(total, 0) <> balance_total OR coalesce(reserved, 0) <> balance_reserved OR astray > 0) ?
      ORDER BY id`,
    [
      repairPrefix,
      andOnly(db, 'product_id', products, 'uuid'),
      andOnly(db, 'product_id', products, 'uuid'),
      andOnly(db, 'id', only),
    ],
  );
  return rows.map((row) => ({
    id: row.id,
    row: row.exists ? { total: row.total, available: row.available, reserved: row.reserved } : null,
    balance: {
      total: row.balance_total,
      available: row.balance_total - row.balance_reserved,
      reserved: row.balance_reserved,
    },
    astray: row.astray,
    firstAstray: row.first_astray,
  }));
}

/** The discrepancies in words. */
export function ledgerFindings(discrepancies: readonly LedgerDiscrepancy[]): Finding[] {
  return discrepancies.flatMap(({ id, row, balance, astray, firstAstray }) => {
    const finding = (kind: FindingKind, detail: string, expected: Fields, found: Fields): Finding => {
      return { kind, objectType: 'StockLevel', objectId: id, detail: `Stock level ${id} ${detail}.`, expected, found };
    };
    const findings: Finding[] = [];
    if (row === null || row.total !== balance.total || row.reserved !== balance.reserved) {
      const has = row === null ? 'has no row' : `has ${sayFigures(row)}`;
      const detail = `${has}; its movements in the ledger come to ${sayFigures(balance)}`;
      findings.push(finding('stock-ledger', detail, stockFields(balance), row === null ? {} : stockFields(row)));
    }
    if (astray > 0) {
      const detail = `has ${astray} movements whose balance does not follow from the one before, the first is ${firstAstray}`;
      findings.push(finding('ledger-steps', detail, { astray: 0 }, { astray, first: firstAstray }));
    }
    return findings;
  });
}
