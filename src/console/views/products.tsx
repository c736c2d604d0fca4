import type { JSX } from 'preact';
import { Page } from '../parts/page.tsx';

export function Products(): JSX.Element {
  return <Page title="Products">{null}</Page>;
}
