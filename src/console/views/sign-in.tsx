import type { JSX } from 'preact';
import { Page } from '../parts/page.tsx';
import { Failed } from '../parts/states.tsx';
import { fieldsOf, TextField } from '../parts/field.tsx';
import { useAction } from '../parts/use-action.ts';
import { signIn } from '../use-session.ts';

/** For an API that asks for credentials. */
export function SignIn(): JSX.Element {
  const entering = useAction(signIn);
  return (
    <Page title="Sign in">
      <form
        class="card sign-in"
        onSubmit={(event) => {
          event.preventDefault();
          void entering.run(fieldsOf(event.currentTarget)['key'] ?? '');
        }}
      >
        <p>
          This shop asks for an API key. Whoever runs it makes one with <code>earmark keys create</code>.
        </p>
        <TextField label="API key" name="key" type="password" required autocomplete="current-password" />
        {entering.error && <Failed error={entering.error} />}
        <div class="buttons">
          <button type="submit" class="primary" disabled={entering.isBusy}>
            Sign in
          </button>
        </div>
      </form>
    </Page>
  );
}
