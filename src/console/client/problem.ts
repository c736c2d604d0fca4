import type { FieldError, ProblemCode } from '../../api/problems.ts';

/** A problem as the API answers with it (RFC 9457). */
export interface Problem {
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly request_id: string;
  readonly errors?: readonly FieldError[];
  readonly [member: string]: unknown;
}

/** The API refused a request. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** No answer of the API came: it is down, or the network to it is. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}
