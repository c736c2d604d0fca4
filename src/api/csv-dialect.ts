const separators: Readonly<Record<string, string>> = { ';': 'semicolons', '\t': 'tabs' };

/**
 * What a spreadsheet wrote instead of a CSV with commas, as a sentence that says how to save it; undefined when nothing is seen of that.
 * The parser would only tell what comes of it: one strange column, or a broken quote.
 * @param text without a byte order mark
 */
export function otherDialect(text: string): string | undefined {
  if (text.includes('\r') && !text.includes('\n')) {
    return 'The lines end with CR alone: save it as a CSV whose lines end with CR LF or LF.';
  }
  const blank = /^(?:\r?\n)*/.exec(text)?.[0] ?? '';
  const line = blank.split('\n').length;
  const [first = ''] = text.slice(blank.length).split(/\r?\n/, 1);
  if (/^"?sep=/i.test(first)) return `Line ${line} tells a spreadsheet the separator (sep=): remove this line.`;
  const separator = /[;\t]/.exec(first)?.[0];
  if (separator === undefined || first.includes(',')) return undefined;
  return `Line ${line} uses ${separators[separator]} between cells: save it with commas.`;
}
