import type { JSX } from 'preact';
import { Page } from '../parts/page.tsx';

export function ProductView(): JSX.Element {
  return <Page title="Product">{null}</Page>;
}
