import { v4 } from 'uuid';
import type { Cause } from '../../src/domain/audit.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { patiently } from '../support/patience.ts';
import { someTime } from './model-refusals.ts';
import type { Answer, By } from './operations.ts';

const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const times = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g;

/** The names that the model has for what has an id in a shop. */
export class ShopNames {
  readonly #names = new Map<string, string>();
  readonly #steps = new Map<string, By>();
  readonly #actors = new Map<string, string>();

  give(id: string, name: string): void {
    this.#names.set(id, name);
  }

  /** The same value with the names of the model in place of ids; of points in time it says only that they are some. */
  of(value: unknown): unknown {
    if (value === null || value === undefined) return null;
    const named = JSON.stringify(value).replaceAll(uuids, (id) => this.#names.get(id) ?? id);
    return JSON.parse(named.replaceAll(times, someTime));
  }

  /** Each operation is a request of its own, by which its traces are found again. Its actors are of this shop: others count for nothing. */
  cause(by: By): Cause {
    const requestId = v4();
    this.#steps.set(requestId, by);
    const actor = this.#actors.get(by.actor) ?? v4();
    this.#actors.set(by.actor, actor);
    this.give(actor, by.actor);
    return { actor, requestId, workflowId: null };
  }

  /** The operation whose request it was; undefined of no operation here. */
  stepOf(requestId: string | null): By | undefined {
    return requestId === null ? undefined : this.#steps.get(requestId);
  }

  /** @throws whatever is no refusal: that is no answer */
  async answer(work: () => Promise<unknown>): Promise<Answer> {
    return this.#answering(async () => ({ done: this.of(await patiently(work)) }));
  }

  /** The answer of work that may let others have their turn. */
  async freeing(work: () => Promise<{ readonly value: unknown; readonly turns: readonly string[] }>): Promise<Answer> {
    return this.#answering(async () => {
      const { value, turns } = await patiently(work);
      return { done: this.of(value), turns: (this.of(turns) as string[]).toSorted() };
    });
  }

  async #answering(work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { refused: { code: error.code, details: this.of(error.details) } };
    }
  }
}
