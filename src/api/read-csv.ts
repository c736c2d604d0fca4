import { CsvError, parse } from 'csv-parse/sync';
import { ProblemError } from './problems.ts';
import type { SentBody } from './read-body.ts';

/** The table that a CSV may hold. */
export interface TableRules {
  /** Its columns by name, and what their cells are. */
  readonly columns: Readonly<Record<string, 'text' | 'number'>>;
  /** More rows than this are not read. */
  readonly rows: number;
}

type Row = { readonly record: readonly string[]; readonly info: { readonly lines: number } };

/** Bytes of one row, far more than any has: a quote that nobody closes would make one of the whole rest. */
const longestRow = 16 * 1024;

/** Digits as JSON writes them. Whatever else stands in a cell stays text, which its schema refuses as it does in JSON. */
const wholeNumber = /^-?(?:0|[1-9]\d{0,15})$/;

/**
 * Reads a CSV (RFC 4180) with a header line as the list that the same table would be in JSON: an object for each row, in which an empty
 * cell is absent. Lines end with CR LF or LF, and a byte order mark is skipped: spreadsheets write one.
 * @returns the rows, one more than the most if there are more
 * @throws ProblemError malformed-csv, with the line of the first mistake
 */
export function readCsv(text: string, { columns, rows: most }: TableRules): SentBody {
  const [header, ...rows] = parseRows(text, most + 2);
  const names = columnNames(header?.record ?? [''], Object.keys(columns));
  const value = rows.map(({ record }) => {
    const cells = names.map((name, n): [string, string] => [name, record[n] ?? '']).filter(([, cell]) => cell !== '');
    return Object.fromEntries(cells.map(([name, cell]) => [name, columns[name] === 'number' ? number(cell) : cell]));
  });
  return { value, lines: rows.map(({ info }) => info.lines) };
}

function number(cell: string): number | string {
  return wholeNumber.test(cell) ? Number(cell) : cell;
}

function parseRows(text: string, to: number): readonly Row[] {
  try {
    const options = { bom: true, info: true, to, record_delimiter: ['\r\n', '\n'], max_record_size: longestRow };
    return parse(text, options) as unknown as readonly Row[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw malformed(`Line ${String(error['lines'])} ${whatIsWrong(error)}.`, error);
  }
}

/** @throws ProblemError malformed-csv when a column is not known or there twice */
function columnNames(header: readonly string[], known: readonly string[]): readonly string[] {
  for (const [n, name] of header.entries()) {
    const shown = JSON.stringify(name.slice(0, 50));
    if (!known.includes(name)) {
      throw malformed(`Line 1 names the column ${shown}, and the columns are ${known.join(', ')}.`);
    }
    if (header.indexOf(name) !== n) throw malformed(`Line 1 names the column ${shown} twice.`);
  }
  return header;
}

function whatIsWrong(error: CsvError): string {
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return `has ${cells(error['record'])}, and the header has another number of them`;
    case 'INVALID_OPENING_QUOTE':
      return 'has a quote inside a cell: put the whole cell in quotes, and write each quote in it twice';
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'has a cell that goes on behind its closing quote: write each quote in it twice';
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'opens a quote that is never closed';
    case 'CSV_MAX_RECORD_SIZE':
      return `is part of a row of more than ${longestRow} bytes: a quote may not be closed`;
    default:
      return 'is not CSV';
  }
}

function cells(record: unknown): string {
  const count = Array.isArray(record) ? record.length : 0;
  return count === 1 ? '1 cell' : `${count} cells`;
}

function malformed(detail: string, cause?: unknown): ProblemError {
  return new ProblemError('malformed-csv', detail, { cause });
}
