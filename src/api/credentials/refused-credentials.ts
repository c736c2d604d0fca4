import { ProblemError } from '../problems.ts';

/** What is asked for where credentials are missing (RFC 6750, 3). */
const challenge = 'Bearer realm="earmark"';

/** There are no credentials, and it takes some. */
export function missingCredentials(): ProblemError {
  return new ProblemError(
    'unauthenticated',
    'This takes credentials: send an API key or a token in the header "Authorization: Bearer …".',
    { headers: { 'WWW-Authenticate': challenge } },
  );
}

/**
 * There are some, and they are not believed.
 * @param why in ASCII and without quotation marks: it goes into a header as well
 */
export function refusedCredentials(why: string, cause?: unknown): ProblemError {
  const headers = { 'WWW-Authenticate': `${challenge}, error="invalid_token", error_description="${why}"` };
  return new ProblemError('unauthenticated', why, { headers, ...(cause === undefined ? {} : { cause }) });
}
