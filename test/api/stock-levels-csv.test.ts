import assert from 'node:assert/strict';
import { createProduct, expectStatus, startApi, type TestApi } from '../support/api.ts';
import { rowCounts } from '../support/row-counts.ts';
import { makeWarehouse, mistakesOf, putCsv, someProducts, totalsOf } from '../support/stock-lists.ts';

describe('A list of stock levels as CSV', () => {
  let api: TestApi;

  before(async () => {
    api = await startApi();
    await makeWarehouse(api.db, 'EAST-1');
    await someProducts(api, 'CSV', 3, 10);
  });
  after(() => api.stop());

  const reset = () => putCsv(api, 'sku,set_to,reason\nCSV-0,10,r\nCSV-1,10,r\nCSV-2,10,r\n');
  const totals = async () => Object.values(await totalsOf(api.db, 'CSV'));
  beforeEach(reset);

  for (const [what, csv, expected] of [
    [
      'with all columns, an empty cell being absent',
      'sku,warehouse,set_to,delta,reason\nCSV-0,MAIN,1,,r\ncsv-1,,,2,r',
      [1, 12, 10],
    ],
    ['with its columns in any order', 'reason,delta,sku\nr,1,CSV-0\nr,-2,CSV-2\n', [11, 10, 8]],
    ['with CR LF', 'sku,delta,reason\r\nCSV-0,1,r\r\nCSV-1,1,r\r\n', [11, 11, 10]],
    ['with LF, and CR LF at the end', 'sku,delta,reason\nCSV-0,1,r\nCSV-1,1,r\r\n', [11, 11, 10]],
    ['with a byte order mark, as spreadsheets write it', '\ufeffsku,delta,reason\nCSV-0,1,r\n', [11, 10, 10]],
    ['with quoted cells', '"sku","delta","reason"\n"CSV-0","1","r"\n', [11, 10, 10]],
    ['with names in any case and with blanks around them', '\ufeffSKU, Delta ,REASON\nCSV-0,1,r\n', [11, 10, 10]],
    [
      'with empty lines anywhere',
      '\ufeff\r\nsku,delta,reason\r\n\r\nCSV-0,1,r\r\n\r\n\r\nCSV-1,1,r\r\n\r\n\r\n',
      [11, 11, 10],
    ],
    ['with semicolons in cells', 'sku,delta,reason\nCSV-0,1,a;b\n', [11, 10, 10]],
    ['with empty cells in quotes', 'sku,set_to,delta,reason\nCSV-0,"",1,r\n', [11, 10, 10]],
  ] as const) {
    it(`is taken ${what}`, async () => {
      expectStatus(200, await putCsv(api, csv));
      assert.deepEqual(await totals(), expected);
    });
  }

  it('is taken with a charset and a header said to be present, in any case', async () => {
    for (const type of [
      'text/csv; charset=utf-8',
      'TEXT/CSV;charset="UTF-8"',
      'text/csv; header=present',
      'text/csv; Header="present"; charset=utf-8',
    ]) {
      expectStatus(200, await putCsv(api, 'sku,delta,reason\nCSV-0,1,r\n', { 'Content-Type': type }));
    }
    assert.deepEqual(await totals(), [14, 10, 10]);
  });

  it('keeps commas, quotes and letters of any language in a reason', async () => {
    const { id } = await createProduct(api, { sku: 'WORDS-1', total_stock: 0 });
    expectStatus(200, await putCsv(api, 'sku,delta,reason\nWORDS-1,1,"broken, ""again"": Stück für Stück"\n'));
    const [row] = await api.db('stock_movements').where({ product_id: id });
    assert.equal(row.reason, 'broken, "again": Stück für Stück');
  });

  describe('is refused as malformed-csv, with the line,', () => {
    const header = 'sku,delta,reason\n';
    for (const [what, csv, detail] of [
      [
        'with an unknown column',
        'sku,delta,reason,color\nCSV-0,1,r,red\n',
        /^Line 1 names the column "color", and the columns are sku, warehouse, set_to, delta, reason\.$/,
      ],
      ['with a column without a name', 'sku,delta,reason,\nCSV-0,1,r,\n', /^Line 1 names the column ""/],
      ['with a column twice', '\nsku,delta, Delta,reason\nCSV-0,1,1,r\n', /^Line 2 names the column " Delta" twice\.$/],
      [
        'with the column __proto__',
        '__proto__,sku,delta,reason\nx,CSV-0,1,r\n',
        /^Line 1 names the column "__proto__"/,
      ],
      ['without a header', 'CSV-0,1,r\n', /^Line 1 names the column "CSV-0"/],
      ['of nothing', '', /^The body is empty: send a header line that names the columns, and the rows behind it\.$/],
      ['of empty lines alone', '\n\r\n', /^The body is empty/],
      ['of a byte order mark alone', '\ufeff', /^The body is empty/],
      [
        'with a row of too many cells',
        `${header}CSV-0,1,r\nCSV-1,1,r,x\n`,
        /^Line 3 has 4 cells, and the header has 3\.$/,
      ],
      ['with a row of too few cells', `\n${header}\n\nCSV-0,1\n`, /^Line 5 has 2 cells, and the header has 3\.$/],
      ['with a line of blanks', `${header}CSV-0,1,r\n  \nCSV-1,1,r\n`, /^Line 3 has 1 cell,/],
      [
        'with semicolons',
        '\ufeff\n"sku";"delta";"reason"\nCSV-0;1;r\n',
        /^Line 2 uses semicolons between cells: save it with commas\.$/,
      ],
      ['with tabs', 'sku\tdelta\treason\r\nCSV-0\t1\tr\r\n', /^Line 1 uses tabs between cells: save it with commas\.$/],
      [
        'with a line for spreadsheets that names the separator',
        'sep=,\r\nsku,delta,reason\r\nCSV-0,1,r\r\n',
        /^Line 1 tells a spreadsheet the separator \(sep=\): remove this line\.$/,
      ],
      ['with such a line in quotes', '"sep=;"\r\nsku;delta;reason\r\n', /^Line 1 tells a spreadsheet the separator/],
      ['with a quote inside a cell', `${header}CSV-0,1,a"b\n`, /^Line 2 has a quote inside a cell/],
      [
        'with more behind a closing quote',
        `${header}CSV-0,1,"a"b\n`,
        /^The row that begins on line 2 has a cell that goes on behind its closing quote/,
      ],
      [
        'with a quote that is never closed',
        `${header}CSV-0,1,"r\r\nr"\r\nCSV-1,1,"r\r\nCSV-2,1,r\r\n`,
        /^The row that begins on line 4 opens a quote that is never closed\.$/,
      ],
      [
        'with a quote that is not closed for many lines',
        `${header}CSV-0,1,"r\n${'CSV-1,1,r\n'.repeat(5_000)}`,
        /^The row that begins on line 2 has more than 16,384 bytes: a quote may not be closed\.$/,
      ],
      [
        'with too many cells behind lines in quotes',
        `${header}CSV-0,1,"r\n\nr"\nCSV-1,1,"r\nr",x\n`,
        /^Line 5 has 4 cells/,
      ],
      [
        'with a CR alone at the ends of lines',
        'sku,delta,reason\rCSV-0,1,r\r',
        /^The lines end with CR alone: save it as a CSV whose lines end with CR LF or LF\.$/,
      ],
      [
        'of bytes that are not UTF-8',
        Buffer.from('sku,delta,reason\nCSV-0,1,Stück\n', 'latin1'),
        /^The body is not UTF-8: save it as CSV UTF-8\.$/,
      ],
      [
        'in UTF-16',
        Buffer.from('\ufeffsku,delta,reason\nCSV-0,1,r\n', 'utf16le'),
        /^The body is not UTF-8: save it as CSV UTF-8\.$/,
      ],
    ] as const) {
      it(what, async () => {
        const before = await rowCounts(api.db);
        const { status, json } = await putCsv(api, csv);
        assert.deepEqual([status, json.code], [400, 'malformed-csv']);
        assert.match(json.detail ?? '', detail);
        assert.deepEqual(await rowCounts(api.db), before);
      });
    }
  });

  it('names every mistake as in JSON, with its line', async () => {
    const before = await rowCounts(api.db);
    const csv = [
      'sku,warehouse,set_to,delta,reason',
      'CSV-0,,1,,"two\nlines"',
      'CSV-1,,one,,r',
      'CSV-2,,,1.5,r',
      'NOBODY,,,+1,r',
      ',,,,',
      'CSV-1,,1,1,r',
      'CSV-1,main,01,,r',
    ].join('\n');
    assert.deepEqual(mistakesOf(await putCsv(api, csv)), [
      ['/0/reason', 'must be text of 1 to 200 characters, not only blanks and without control characters (line 2)'],
      ['/1/set_to', 'must be a whole number from 0 to 2,147,483,647 (line 4)'],
      ['/2/delta', 'must be a whole number from -2,147,483,647 to 2,147,483,647 (line 5)'],
      ['/3/delta', 'must be a whole number from -2,147,483,647 to 2,147,483,647 (line 6)'],
      ['/3/sku', 'must be known: there is no product with this SKU (line 6)'],
      ['/4/sku', 'is required (line 7)'],
      ['/4/reason', 'is required (line 7)'],
      ['/4/set_to', 'is required when there is no delta (line 7)'],
      ['/5/delta', 'must not stand beside set_to (line 8)'],
      ['/5/sku', 'repeats line 4: CSV-1 in MAIN (line 8)'],
      ['/6/set_to', 'must be a whole number from 0 to 2,147,483,647 (line 9)'],
      ['/6/sku', 'repeats line 4: CSV-1 in MAIN (line 9)'],
    ]);
    assert.deepEqual(await rowCounts(api.db), before);
  });

  it('may not be a header alone, or more than 10,000 rows', async () => {
    const header = 'sku,delta,reason\n';
    assert.deepEqual(mistakesOf(await putCsv(api, header)), [['', 'must have at least 1 entry']]);
    const many = header + 'CSV-0,1,r\n'.repeat(10_001);
    assert.deepEqual(mistakesOf(await putCsv(api, many)), [['', 'must have at most 10,000 entries']]);
  });

  it('may not be without a media type when there is none: malformed-json', async () => {
    const { status, json } = await api.request('PUT', '/api/stock-levels/');
    assert.deepEqual(
      [status, json.code, json.detail],
      [400, 'malformed-json', 'The body is missing: send a list as JSON, or CSV.'],
    );
  });

  it('is taken here alone, and of other media types the answer names those that are taken', async () => {
    const csv = { 'Content-Type': 'text/csv' };
    const elsewhere = await api.post('/api/products/', 'name\nLamp\n', csv);
    assert.deepEqual([elsewhere.status, elsewhere.headers.get('Accept')], [415, 'application/json']);
    for (const headers of [
      { 'Content-Type': 'text/tab-separated-values' },
      { 'Content-Type': 'text/csv; charset=iso-8859-1' },
      { 'Content-Type': 'text/csv; header=absent' },
      { ...csv, 'Content-Encoding': 'gzip' },
    ]) {
      const { status, json, headers: answered } = await putCsv(api, 'sku,delta,reason\nCSV-0,1,r\n', headers);
      assert.deepEqual([status, json.code], [415, 'unsupported-media-type']);
      assert.equal(answered.get('Accept'), 'application/json, text/csv');
    }
  });

  it('must have a header: header=absent is refused by name', async () => {
    for (const type of ['text/csv; header=absent', 'text/csv;charset=utf-8;HEADER="absent"']) {
      const { status, json } = await putCsv(api, 'CSV-0,1,r\n', { 'Content-Type': type });
      assert.deepEqual([status, json.code], [415, 'unsupported-media-type']);
      assert.match(
        json.detail ?? '',
        /^A CSV with header=absent is not taken: send one whose first line names its columns/,
      );
    }
    const json = await putCsv(api, '[]', { 'Content-Type': 'application/json; header=present' });
    assert.equal(json.status, 415);
  });

  it('may be as large as 2 MiB', async () => {
    const { status, json } = await putCsv(api, 'x'.repeat(2 * 1024 * 1024 + 1));
    assert.deepEqual([status, json.code], [413, 'payload-too-large']);
  });
});
