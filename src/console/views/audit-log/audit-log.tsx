import type { JSX } from 'preact';
import { Page } from '../../parts/page.tsx';
import { AuditEntries } from './audit-entries.tsx';
import { AuditFilters } from './audit-filters.tsx';

/** Who did what, newest first. */
export function AuditLog(): JSX.Element {
  return (
    <Page title="Audit log">
      <AuditFilters />
      <AuditEntries />
    </Page>
  );
}
