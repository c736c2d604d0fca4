import assert from 'node:assert/strict';
import { assertDeclared } from '../support/declared-answers.ts';

const requestId = '6f1c2a52-8f35-4c0e-9d7e-2f6b3f1a9c11';
const json = { 'X-Request-Id': requestId, 'Content-Type': 'application/json; charset=utf-8' };
const problem = { 'X-Request-Id': requestId, 'Content-Type': 'application/problem+json; charset=utf-8' };

const alive = { request_id: requestId, data: { status: 'alive' } };
const notFound = {
  type: '/docs/problems#not-found',
  title: 'Not found',
  status: 404,
  detail: 'There is nothing here.',
  code: 'not-found',
  request_id: requestId,
};

const check = (method: string, path: string, status: number, headers: Record<string, string>, body?: unknown) => () =>
  assertDeclared(method, path, { status, headers: new Headers(headers), json: body });

describe('every test over HTTP fails for an answer', () => {
  it('unless it is as declared', () => {
    assert.doesNotThrow(check('GET', '/livez', 200, json, alive));
    assert.doesNotThrow(check('GET', '/livez/', 200, json, alive));
    assert.doesNotThrow(check('HEAD', '/livez', 200, json));
    assert.doesNotThrow(check('GET', '/api/nothing', 404, problem, notFound));
    assert.doesNotThrow(check('OPTIONS', '/livez', 204, { ...json, Allow: 'GET, HEAD, OPTIONS' }));
  });

  it('of a status that its route does not have', () => {
    assert.throws(check('GET', '/livez', 201, json, alive), /GET \/livez 201 is not in the document/);
    assert.throws(check('GET', '/api/nothing', 200, json, alive), /not in the document/);
    assert.throws(check('DELETE', '/livez', 404, problem, notFound), /not in the document/);
  });

  it('whose body is of another shape', () => {
    assert.throws(check('GET', '/livez', 200, json, { ...alive, more: 1 }), /additional properties/);
    assert.throws(check('GET', '/livez', 200, json, { request_id: requestId }), /required property 'data'/);
    assert.throws(check('GET', '/api/nothing', 404, problem, { ...notFound, title: 'Gone' }), /title/);
  });

  it('of another media type', () => {
    assert.throws(check('GET', '/livez', 200, { ...json, 'Content-Type': 'text/html' }, alive), /"text\/html"/);
    assert.throws(check('GET', '/api/nothing', 404, json, notFound), /declared as application\/problem\+json/);
  });

  it('without a header that it must have, or with one that it must not have', () => {
    assert.throws(check('GET', '/livez', 200, { 'Content-Type': 'application/json' }, alive), /no X-Request-Id/);
    assert.throws(check('GET', '/livez', 200, { ...json, Location: '/' }, alive), /header Location/);
    const unavailable = { ...notFound, type: '/docs/problems#unavailable', title: 'Unavailable', code: 'unavailable' };
    assert.throws(check('GET', '/readyz', 503, problem, { ...unavailable, status: 503 }), /no Retry-After/);
  });

  it('whose request_id is not the one in its header', () => {
    const other = { ...alive, request_id: '00000000-0000-4000-8000-000000000000' };
    assert.throws(check('GET', '/livez', 200, json, other), /another request_id/);
  });
});
