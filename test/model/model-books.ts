import type { By } from './operations.ts';

export interface Figures {
  readonly total: number;
  readonly available: number;
  readonly reserved: number;
}

/** A row that the ledger should have. */
export interface Movement extends Figures {
  readonly step: number;
  readonly actor: string;
  readonly type: string;
  /** `<product>/<warehouse>`. */
  readonly level: string;
  readonly order: string | null;
  readonly reservation: string | null;
  readonly transfer: string | null;
  readonly back: string | null;
  readonly reason: string | null;
}

/** A row that the audit log should have. */
export interface Entry {
  readonly step: number;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What a movement was for. `back`: the return. */
type Holder = Partial<Pick<Movement, 'order' | 'reservation' | 'transfer' | 'back'>>;

const nobody = { order: null, reservation: null, transfer: null, back: null };

const nothing: Figures = { total: 0, available: 0, reserved: 0 };

/** The figures of the model, and what it has written down of how they came about. */
export class ModelBooks {
  readonly levels = new Map<string, Figures>();
  readonly movements: Movement[] = [];
  readonly entries: Entry[] = [];

  /** The figures of a product in a warehouse; nothing where there is no level. */
  level(product: string, warehouse: string): Figures {
    return this.levels.get(`${product}/${warehouse}`) ?? nothing;
  }

  /** The figures of a product over all warehouses. */
  sum(product: string): Figures {
    const levels = [...this.levels].filter(([level]) => level.startsWith(`${product}/`)).map(([, figures]) => figures);
    return levels.reduce(plus, nothing);
  }

  /** Opens a level with nothing in it. */
  open(product: string, warehouse: string): void {
    this.levels.set(`${product}/${warehouse}`, nothing);
  }

  /** Units come in or go out while nobody holds them; the audit log tells it of the level. */
  count(
    by: By,
    type: string,
    product: string,
    warehouse: string,
    units: number,
    reason: string,
    of: Holder = {},
  ): void {
    const level = `${product}/${warehouse}`;
    const before = this.levels.get(level) ?? nothing;
    this.move(by, type, level, { total: units, available: units, reserved: 0 }, of, reason);
    this.log(by, 'STOCK_ADJUSTED', level, before, { ...this.levels.get(level), reason });
  }

  move(
    { step, actor }: By,
    type: string,
    level: string,
    delta: Figures,
    of: Holder,
    reason: string | null = null,
  ): void {
    const before = this.levels.get(level) ?? nothing;
    this.levels.set(level, plus(before, delta));
    this.movements.push({ step, actor, type, level, ...delta, ...nobody, ...of, reason });
  }

  log({ step, actor }: By, action: string, object: string, before: unknown, after: unknown): void {
    this.entries.push({ step, actor, action, object, before, after });
  }
}

function plus(a: Figures, b: Figures): Figures {
  return { total: a.total + b.total, available: a.available + b.available, reserved: a.reserved + b.reserved };
}
