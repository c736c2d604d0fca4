import type { JSX } from 'preact';
import { limits } from '../../../domain/limits.ts';
import { formatMoney as inDecimals, lineTotal, parseMoney } from '../../../domain/money.ts';
import { ProductLink } from '../../parts/links.tsx';
import { Empty } from '../../parts/states.tsx';
import { StockMarks } from '../../parts/stock-marks.tsx';
import { Table } from '../../parts/table.tsx';
import { formatMoney, formatNumber } from '../../parts/words.ts';
import { totalOf, unitsOf, type DraftLine } from './order-draft.ts';

const columns = [
  'SKU',
  'Name',
  ['Available', 'number'],
  'Quantity',
  ['Price', 'number'],
  ['Sum', 'number'],
  ['Remove', 'hidden'],
] as const;

interface DraftLinesProps {
  readonly lines: readonly DraftLine[];
  readonly currency: string;
  readonly onChange: (lines: readonly DraftLine[]) => void;
}

/** The products of an order that is being filled in, and what they cost together. */
export function DraftLines({ lines, currency, onChange }: DraftLinesProps): JSX.Element {
  if (lines.length === 0) return <Empty>No products yet: look for one above.</Empty>;
  return (
    <Table
      label="Products of the order"
      columns={columns}
      foot={
        <tr>
          <th scope="row" colSpan={5}>
            Total
          </th>
          <td class="number total">{formatMoney(totalOf(lines), currency)}</td>
          <td />
        </tr>
      }
    >
      {lines.map((line) => (
        <Line
          key={line.product.id}
          line={line}
          onQuantity={(quantity) => onChange(lines.map((other) => (other === line ? { ...line, quantity } : other)))}
          onRemove={() => onChange(lines.filter((other) => other !== line))}
        />
      ))}
    </Table>
  );
}

interface LineProps {
  readonly line: DraftLine;
  readonly onQuantity: (quantity: string) => void;
  readonly onRemove: () => void;
}

function Line({ line, onQuantity, onRemove }: LineProps): JSX.Element {
  const { product, quantity } = line;
  const sum = inDecimals(lineTotal(parseMoney(product.price), unitsOf(line) ?? 0));
  return (
    <tr>
      <th scope="row">
        <ProductLink product={product} />
      </th>
      <td class="product-name">
        {product.name} <StockMarks product={product} />
      </td>
      <td class="number">{formatNumber(product.available_stock)}</td>
      <td>
        <input
          class="quantity"
          type="number"
          aria-label={`Quantity of ${product.sku}`}
          required
          min={1}
          max={limits.quantity}
          step={1}
          value={quantity}
          onInput={(event) => onQuantity(event.currentTarget.value)}
        />
      </td>
      <td class="number">{formatMoney(product.price, product.currency)}</td>
      <td class="number">{formatMoney(sum, product.currency)}</td>
      <td>
        <button type="button" aria-label={`Remove ${product.sku}`} onClick={onRemove}>
          Remove
        </button>
      </td>
    </tr>
  );
}
