import type { JSX } from 'preact';
import { Page } from '../parts/page.tsx';

export function WaitingLists(): JSX.Element {
  return <Page title="Waiting lists">{null}</Page>;
}
