import type { Warehouse } from './shapes.ts';
import { useData, type Data } from './use-data.ts';

/** All warehouses, in the order in which they are used. */
export function useWarehouses(): Data<readonly Warehouse[]> {
  return useData<readonly Warehouse[]>('/api/warehouses/?limit=100', ({ object_type: type }) => type === 'Warehouse');
}
