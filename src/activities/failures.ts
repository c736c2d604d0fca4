import { DomainError } from '../domain/errors.ts';
import { failureOf } from '../workflows/refusals.ts';

/** Lets a refusal of the domain cross Temporal as a failure that is not retried. Every other error is retried. */
export async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof DomainError ? failureOf(error) : error;
  }
}
