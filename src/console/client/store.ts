import { useEffect, useState } from 'preact/hooks';

/** A value that several parts of the page look at. */
export interface Store<Value> {
  get(): Value;
  set(value: Value): void;
  /** @returns how to stop being told */
  onChange(listener: () => void): () => void;
}

export function createStore<Value>(initial: Value): Store<Value> {
  const listeners = new Set<() => void>();
  let value = initial;
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The value of a store, and again whenever it changes. */
export function useStore<Value>(store: Store<Value>): Value {
  const [value, setValue] = useState(store.get());
  useEffect(() => {
    setValue(() => store.get());
    return store.onChange(() => setValue(() => store.get()));
  }, [store]);
  return value;
}
