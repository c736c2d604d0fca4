import { v7 as uuidv7 } from 'uuid';
import { isUuid } from '../../domain/text.ts';
import type { ApiMiddleware } from './context.ts';

/** Gives every request its id: the UUID that the caller sent in X-Request-Id, or a new one. Every answer carries it. */
export const requestId: ApiMiddleware = async (ctx, next) => {
  const sent = ctx.get('X-Request-Id');
  ctx.state.requestId = isUuid(sent) ? sent : uuidv7();
  ctx.state.notes = {};
  ctx.set('X-Request-Id', ctx.state.requestId);
  await next();
};
