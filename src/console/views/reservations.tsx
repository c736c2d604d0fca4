import type { JSX } from 'preact';
import { Page } from '../parts/page.tsx';

export function Reservations(): JSX.Element {
  return <Page title="Reservations">{null}</Page>;
}
