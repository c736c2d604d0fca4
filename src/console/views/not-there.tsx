import type { JSX } from 'preact';
import { Page } from '../parts/page.tsx';
import { Empty } from '../parts/states.tsx';

export function NotThere(): JSX.Element {
  return (
    <Page title="Nothing here">
      <Empty>
        There is no view at this address. Go to the <a href="/">overview</a>.
      </Empty>
    </Page>
  );
}
