import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import type { Product } from '../client/shapes.ts';
import { useData } from '../client/use-data.ts';
import { addressOf } from './address.ts';

interface PickerProps {
  readonly label: string;
  readonly onPick: (product: Product) => void;
}

/** Milliseconds without a key before the API is asked. */
const pause = 200;

/** Finds a product by a part of its SKU or name. Arrow keys move through what is found, Enter takes one, Escape gives up. */
export function ProductPicker({ label, onPick }: PickerProps): JSX.Element {
  const id = useId();
  const [text, setText] = useState('');
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState(0);
  useEffect(() => {
    const timer = window.setTimeout(() => setSearch(text.trim()), pause);
    return () => window.clearTimeout(timer);
  }, [text]);
  const found = useData<readonly Product[]>(
    search === '' ? null : addressOf('/api/products/', { q: search, limit: '8' }),
  );
  const products = text === '' ? [] : (found.answer?.data ?? []);
  const isOpen = products.length > 0;
  const take = (product: Product | undefined): void => {
    if (!product) return;
    onPick(product);
    setText('');
    setSearch('');
    setChosen(0);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setChosen((chosen + 1) % Math.max(1, products.length));
    else if (event.key === 'ArrowUp') setChosen((chosen + products.length - 1) % Math.max(1, products.length));
    else if (event.key === 'Enter') take(products[chosen]);
    else if (event.key === 'Escape') setText('');
    else return;
    event.preventDefault();
  };
  return (
    <div class="field picker">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        role="combobox"
        autocomplete="off"
        placeholder="SKU or name"
        aria-expanded={isOpen}
        aria-controls={`${id}-found`}
        aria-autocomplete="list"
        {...(isOpen ? { 'aria-activedescendant': `${id}-${chosen}` } : {})}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={`${id}-found`} role="listbox" aria-label="What was found" class="picker-found" hidden={!isOpen}>
        {products.map((product, index) => (
          <li
            key={product.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            onMouseDown={(event) => {
              event.preventDefault();
              take(product);
            }}
          >
            <b>{product.sku}</b> {product.name}
          </li>
        ))}
      </ul>
      {search !== '' && found.answer && products.length === 0 && text !== '' && (
        <small class="hint">No product has “{search}” in its SKU or name.</small>
      )}
    </div>
  );
}
