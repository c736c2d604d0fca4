import { limits } from '../../domain/limits.ts';
import { checkStockLevels } from '../check-stock-levels.ts';
import { causeOf, defineRoute, type Route } from '../route.ts';
import { levelResults, presentResults, stockLevelColumns, stockLevelList } from '../schemas/stock-levels.ts';
import { setStockLevels } from '../set-stock-levels.ts';

const set = defineRoute({
  method: 'PUT',
  path: '/api/stock-levels/',
  operationId: 'setStockLevels',
  access: 'admin',
  tag: 'warehouses',
  summary: 'Set or change many stock levels from a list, as JSON or CSV',
  body: stockLevelList,
  bodies: {
    largest: 2 * 1024 * 1024,
    table: {
      columns: stockLevelColumns,
      needed:
        'sku and reason are needed, and in each row one of set_to and delta; a column that no row needs may be left out. Without a ' +
        'warehouse it is MAIN.',
      rows: limits.listedLevels,
    },
    mistakes: 100,
  },
  check: checkStockLevels,
  responses: { 200: { description: 'What became of each row', data: levelResults } },
  problems: ['validation-failed', 'idempotency-key-reused'],
  handle: async (request, { db, reach, wake }) => {
    const results = await setStockLevels(db, request.body, {
      attempt: request.attempt,
      cause: causeOf(request),
      wake,
      committed: () => reach('stock-levels.batch-committed'),
      note: request.note,
    });
    const { results: rows, ...counts } = presentResults(results);
    request.note(counts);
    return { status: 200, data: { ...counts, results: rows } };
  },
});

export const stockLevelRoutes: readonly Route[] = [set];
