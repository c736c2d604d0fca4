import type { JSX } from 'preact';
import { Page } from '../parts/page.tsx';

export function Orders(): JSX.Element {
  return <Page title="Orders">{null}</Page>;
}
