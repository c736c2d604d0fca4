import type { JSX } from 'preact';
import { Page } from '../parts/page.tsx';

export function AuditLog(): JSX.Element {
  return <Page title="Audit log">{null}</Page>;
}
