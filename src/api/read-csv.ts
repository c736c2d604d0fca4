import { CsvError, parse } from 'csv-parse/sync';
import { otherDialect } from './csv-dialect.ts';
import { ProblemError } from './problems.ts';
import type { SentBody } from './read-body.ts';

/** The table that a CSV may hold. */
export interface TableRules {
  /** Its columns by name, and what their cells are. */
  readonly columns: Readonly<Record<string, 'text' | 'number'>>;
  /** Which columns there must be and which may be missing, in a sentence for the document. */
  readonly needed: string;
  /** More rows than this are not read. */
  readonly rows: number;
}

interface Row {
  readonly cells: readonly string[];
  /** That it begins on, counted from 1. */
  readonly line: number;
}

/** Bytes of one row, far more than any has: a quote that nobody closes would make one of the whole rest. */
const longestRow = 16 * 1024;

const counted = new Intl.NumberFormat('en-US');

/** Digits as JSON writes them. Whatever else stands in a cell stays text, which its schema refuses as it does in JSON. */
const wholeNumber = /^-?(?:0|[1-9]\d{0,15})$/;

/**
 * Reads a CSV (RFC 4180) with a header line as the list that the same table would be in JSON: an object for each row, in which an empty
 * cell is absent. Lines end with CR LF or LF, empty ones are skipped, and so is a byte order mark: spreadsheets write them.
 * @returns the rows, one more than the most if there are more
 * @throws ProblemError malformed-csv, with the line of the first mistake
 */
export function readCsv(marked: string, { columns, rows: most }: TableRules): SentBody {
  const text = marked.replace(/^\ufeff/, '');
  const other = otherDialect(text);
  if (other !== undefined) throw malformed(other);
  const [header, ...rows] = parseRows(text, most + 2);
  if (!header) throw malformed('The body is empty: send a header line that names the columns, and the rows behind it.');
  const names = columnNames(header, Object.keys(columns));
  const value = rows.map(({ cells }) => {
    const filled = names.map((name, n): [string, string] => [name, cells[n] ?? '']).filter(([, cell]) => cell !== '');
    return Object.fromEntries(filled.map(([name, cell]) => [name, columns[name] === 'number' ? number(cell) : cell]));
  });
  return { value, lines: rows.map(({ line }) => line) };
}

function number(cell: string): number | string {
  return wholeNumber.test(cell) ? Number(cell) : cell;
}

function parseRows(text: string, to: number): readonly Row[] {
  const bytes = Buffer.from(text);
  const lineAt = lineCounter(bytes);
  const rows: Row[] = [];
  let end = 0;
  const keep = (cells: readonly string[], { bytes: ended }: { readonly bytes: number }): null => {
    rows.push({ cells, line: lineAt(end) });
    end = ended;
    return null;
  };
  try {
    const options = { to, skip_empty_lines: true, record_delimiter: ['\r\n', '\n'], max_record_size: longestRow };
    parse(bytes, { ...options, on_record: keep });
    return rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw malformed(`${whatIsWrong(error, lineAt(end), rows[0]?.cells)}.`, error);
  }
}

/**
 * Says on which line the row behind a byte begins, counted from 1, when asked for one after the other. The parser tells only where a
 * row ends, and counts each CR LF in quotes twice.
 */
function lineCounter(bytes: Buffer): (place: number) => number {
  let [at, line] = [0, 1];
  const isEmptyLine = () => bytes[at] === 0x0a || (bytes[at] === 0x0d && bytes[at + 1] === 0x0a);
  return (place) => {
    for (; at < place || isEmptyLine(); at += 1) if (bytes[at] === 0x0a) line += 1;
    return line;
  };
}

/** @throws ProblemError malformed-csv when a column is not known or there twice */
function columnNames({ cells, line }: Row, known: readonly string[]): readonly string[] {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  for (const [n, name] of names.entries()) {
    const shown = JSON.stringify(cells[n]?.slice(0, 50));
    if (!known.includes(name)) {
      throw malformed(`Line ${line} names the column ${shown}, and the columns are ${known.join(', ')}.`);
    }
    if (names.indexOf(name) !== n) throw malformed(`Line ${line} names the column ${shown} twice.`);
  }
  return names;
}

/** @param line on which the row begins */
function whatIsWrong(error: CsvError, line: number, header: readonly string[] = []): string {
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return `Line ${line} has ${cells(error['record'])}, and the header has ${header.length}`;
    case 'INVALID_OPENING_QUOTE':
      return `Line ${line} has a quote inside a cell: put the whole cell in quotes, and write each quote in it twice`;
    case 'CSV_INVALID_CLOSING_QUOTE':
      return `The row that begins on line ${line} has a cell that goes on behind its closing quote: write each quote in it twice`;
    case 'CSV_QUOTE_NOT_CLOSED':
      return `The row that begins on line ${line} opens a quote that is never closed`;
    case 'CSV_MAX_RECORD_SIZE':
      return `The row that begins on line ${line} has more than ${counted.format(longestRow)} bytes: a quote may not be closed`;
    default:
      return `Line ${line} is not CSV`;
  }
}

function cells(record: unknown): string {
  const count = Array.isArray(record) ? record.length : 0;
  return count === 1 ? '1 cell' : `${count} cells`;
}

function malformed(detail: string, cause?: unknown): ProblemError {
  return new ProblemError('malformed-csv', detail, { cause });
}
