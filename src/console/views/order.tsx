import type { JSX } from 'preact';
import { Page } from '../parts/page.tsx';

export function OrderView(): JSX.Element {
  return <Page title="Order">{null}</Page>;
}
