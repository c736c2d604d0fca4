import type { JSX } from 'preact';
import { Page } from '../parts/page.tsx';

export function PlaceOrder(): JSX.Element {
  return <Page title="Place an order">{null}</Page>;
}
