import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decodeCursor, encodeCursor, positions } from '../../src/api/cursor.ts';

const position = ['2026-03-01T12:00:00.123Z', '01a20733-f1b1-73f3-8c43-a7e87b5e7af5'] as const;
const scope = { list: 'orders', sort: 'created_at', status: ['pending'] };

describe('a cursor', () => {
  it('gives its position back for the same list, sort and filters, in whatever order they are named', () => {
    const cursor = encodeCursor(position, scope);
    const same = { status: ['pending'], reference: undefined, sort: 'created_at', list: 'orders' };
    assert.deepEqual(decodeCursor(cursor, same, positions.createdAt), position);
  });

  it('tells filters apart that differ in their value alone', () => {
    const filters = { list: 'orders', min: 100n, start: new Date(0) };
    const cursor = encodeCursor(position, filters);
    assert.equal(decodeCursor(cursor, { ...filters, min: 101n }, positions.createdAt), undefined);
    assert.equal(decodeCursor(cursor, { ...filters, start: new Date(1) }, positions.createdAt), undefined);
    assert.deepEqual(decodeCursor(cursor, filters, positions.createdAt), position);
  });

  it('is nothing once any of its characters has changed', () => {
    const cursor = encodeCursor(position, scope);
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.constantFrom(...Array.from('AaZz09-_.=+/ ')), (index, character) => {
        fc.pre(cursor[index] !== character);
        const changed = cursor.slice(0, index) + character + cursor.slice(index + 1);
        assert.equal(decodeCursor(changed, scope, positions.createdAt), undefined);
      }),
    );
  });

  it('is nothing when it is any text at all', () => {
    fc.assert(fc.property(fc.string(), (text) => decodeCursor(text, scope, positions.createdAt) === undefined));
  });

  it('is nothing when somebody made one for a position that the list cannot have', () => {
    for (const forged of [["'; drop table orders"], ['2026-13-01T00:00:00.000Z', position[1]], [position[0], 'x']]) {
      assert.equal(decodeCursor(encodeCursor(forged, scope), scope, positions.createdAt), undefined);
    }
    assert.equal(decodeCursor(encodeCursor(['9'.repeat(30)], scope), scope, positions.id), undefined);
    for (const forged of [['1'], ['x', 'MAIN'], ['-1', 'MAIN'], ['9999999999', 'MAIN'], ['1', ''], ['1', 'MAIN\0']]) {
      assert.equal(decodeCursor(encodeCursor(forged, scope), scope, positions.priority), undefined);
    }
    assert.deepEqual(decodeCursor(encodeCursor(['100', 'MAIN'], scope), scope, positions.priority), ['100', 'MAIN']);
  });
});
