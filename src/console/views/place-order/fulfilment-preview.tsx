import type { JSX } from 'preact';
import { allocationStrategies, type AllocationStrategy } from '../../../domain/allocation.ts';
import type { ShortagePolicy } from '../../../domain/order.ts';
import type { FulfilmentPlans } from '../../client/shapes.ts';
import { Empty, Failed } from '../../parts/states.tsx';
import { counted, formatNumber } from '../../parts/words.ts';
import { allocationWords } from './order-draft.ts';
import type { Planning } from './use-plans.ts';

type Plan = FulfilmentPlans['plans'][number];

interface PreviewProps {
  readonly planning: Planning;
  readonly chosen: AllocationStrategy;
  readonly policy: ShortagePolicy;
}

/** What each way of allocating would do with the order right now. Nothing is reserved by looking. */
export function FulfilmentPreview({
  planning: { plans, error, isCurrent },
  chosen,
  policy,
}: PreviewProps): JSX.Element {
  return (
    <section class="preview" aria-label="Preview" aria-busy={!isCurrent}>
      <h2>Where it would come from</h2>
      {error ? (
        <Failed error={error} />
      ) : plans === undefined ? (
        <Empty>As soon as there are products with quantities, this says which warehouse would give what.</Empty>
      ) : (
        <div class="plans">
          {allocationStrategies.map((way) => (
            <PlanCard
              key={way}
              way={way}
              plan={plans.find(({ allocation }) => allocation === way)}
              isChosen={way === chosen}
              policy={policy}
            />
          ))}
        </div>
      )}
    </section>
  );
}

interface PlanCardProps {
  readonly way: AllocationStrategy;
  /** Undefined for the nearest without a region. */
  readonly plan: Plan | undefined;
  readonly isChosen: boolean;
  readonly policy: ShortagePolicy;
}

function PlanCard({ way, plan, isChosen, policy }: PlanCardProps): JSX.Element {
  return (
    <article class={isChosen ? 'card plan is-chosen' : 'card plan'} aria-label={`Plan ${way}`}>
      <h3>
        {way}
        {isChosen && <span class="mark mark-chosen">chosen</span>}
      </h3>
      <p class="hint">{allocationWords[way]}</p>
      {plan ? <PlanDetails plan={plan} policy={policy} /> : <p>Say a region to see what is nearest.</p>}
    </article>
  );
}

const outcomes = {
  reject: 'The order would be refused.',
  partial: 'The order would take what there is.',
  wait: 'The order would wait for its units.',
} as const satisfies Record<ShortagePolicy, string>;

function PlanDetails({ plan, policy }: { readonly plan: Plan; readonly policy: ShortagePolicy }): JSX.Element {
  return (
    <>
      <p>
        <b>{plan.possible ? `Possible from ${counted(plan.warehouses, 'warehouse')}` : 'Not enough'}</b>
      </p>
      {plan.possible ? (
        <ul>
          {plan.lines.flatMap(({ sku, product_id: id, allocations }) =>
            allocations.map(({ warehouse, quantity }) => (
              <li key={`${id} ${warehouse}`}>
                <b>{warehouse}</b> gives {formatNumber(quantity)} of {sku}
              </li>
            )),
          )}
        </ul>
      ) : (
        <>
          <ul>
            {plan.shortages.map(({ product_id: id, sku, requested, available, waiting }) => (
              <li key={id}>
                {sku}: {formatNumber(available)} of {formatNumber(requested)} can be had
                {waiting === undefined ? '' : `, ${counted(waiting, 'order')} waiting for it`}
              </li>
            ))}
          </ul>
          <p>{outcomes[policy]}</p>
        </>
      )}
      <PassedOver plan={plan} />
    </>
  );
}

/** Warehouses that would give nothing, those with the same reason together. */
function PassedOver({ plan: { passed_over: all } }: { readonly plan: Plan }): JSX.Element | null {
  if (all.length === 0) return null;
  const byReason = new Map<string, string[]>();
  for (const { warehouse, detail } of all) byReason.set(detail, [...(byReason.get(detail) ?? []), warehouse]);
  return (
    <>
      <p class="hint">Passed over:</p>
      <ul class="hint">
        {Array.from(byReason, ([detail, codes]) => (
          <li key={detail}>{detail.startsWith(codes.join()) ? detail : `${codes.join(', ')}: ${detail}`}</li>
        ))}
      </ul>
    </>
  );
}
