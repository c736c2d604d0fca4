import { notFound } from '../../domain/errors.ts';
import { listKeys, readKey } from '../../persistence/api-keys.ts';
import { keyAddress } from '../addresses.ts';
import { createApiKey, revokeApiKey } from '../credentials/api-key.ts';
import { positions } from '../cursor.ts';
import { answerPage } from '../pages.ts';
import { validationFailed } from '../problems.ts';
import { remember } from '../remember.ts';
import { causeOf, defineRoute, linksById, type Route } from '../route.ts';
import { apiKey, createdKey, keyPath, keyQuery, newKey, presentKey } from '../schemas/keys.ts';

const list = defineRoute({
  method: 'GET',
  path: '/api/keys/',
  operationId: 'listKeys',
  access: 'admin',
  tag: 'keys',
  summary: 'List API keys, newest first, those that are good no more among them',
  query: keyQuery,
  responses: { 200: { description: 'A page of keys, without their secrets', items: apiKey } },
  problems: ['validation-failed'],
  handle: ({ query }, { db }) =>
    answerPage({ list: 'keys', query, position: positions.key }, (page) => listKeys(db, page), presentKey),
});

const create = defineRoute({
  method: 'POST',
  path: '/api/keys/',
  operationId: 'createKey',
  access: 'admin',
  tag: 'keys',
  summary: 'Make an API key; its secret is in this answer and nowhere else',
  body: newKey,
  responses: { 201: { description: 'The key', data: createdKey, links: linksById('getKey', 'revokeKey') } },
  problems: ['validation-failed'],
  handle: async (request, { db }) => {
    const { name, role, expires_at: expiresAt = null } = request.body;
    let text: string | null = null;
    // What is remembered with an Idempotency-Key has no secret in it: nothing that could be read has.
    const answer = await remember(db, request.attempt, async (db) => {
      // Not of a repeat: it gets its first answer also when that key has expired since.
      if (expiresAt !== null && expiresAt.getTime() <= Date.now()) {
        throw validationFailed([{ path: '/expires_at', message: 'must be in the future' }]);
      }
      const created = await createApiKey(db, { name, role, expiresAt }, causeOf(request));
      text = created.text;
      const headers = { Location: keyAddress(created.key.id) };
      return { status: 201, headers, data: { ...presentKey(created.key), key: null } } as const;
    });
    return { ...answer, data: { ...answer.data, key: text } };
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/keys/{id}/',
  operationId: 'getKey',
  access: 'admin',
  tag: 'keys',
  summary: 'Read an API key, without its secret',
  params: keyPath,
  responses: { 200: { description: 'The key', data: apiKey } },
  problems: ['not-found'],
  handle: async ({ params: { id } }, { db }) => {
    const found = await readKey(db, id);
    if (!found) throw notFound('Key', id);
    return { status: 200, data: presentKey(found.key) };
  },
});

const revoke = defineRoute({
  method: 'POST',
  path: '/api/keys/{id}/revoke/',
  operationId: 'revokeKey',
  access: 'admin',
  tag: 'keys',
  summary: 'Revoke an API key: the next request with it is refused',
  params: keyPath,
  responses: { 200: { description: 'The key; one that was revoked before stays as it is', data: apiKey } },
  problems: ['not-found'],
  handle: (request, { db }) =>
    remember(db, request.attempt, async (db) => {
      const revoked = await revokeApiKey(db, request.params.id, causeOf(request));
      return { status: 200, data: presentKey(revoked) };
    }),
});

export const keyRoutes: readonly Route[] = [list, create, read, revoke];
