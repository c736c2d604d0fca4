import type { JSX } from 'preact';
import { Page } from '../parts/page.tsx';

export function Health(): JSX.Element {
  return <Page title="Health">{null}</Page>;
}
