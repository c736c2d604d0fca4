import type { JSX } from 'preact';
import type { AllocationStrategy } from '../../../domain/allocation.ts';
import { limits } from '../../../domain/limits.ts';
import type { ShortagePolicy } from '../../../domain/order.ts';
import { defaultWaitSeconds } from '../../../domain/waiting.ts';
import { useWarehouses } from '../../client/use-warehouses.ts';
import { Choice, TextField } from '../../parts/field.tsx';
import { allocations, policyOf, shortageChoices, type OrderDraft } from './order-draft.ts';

interface OrderTermsProps {
  readonly draft: OrderDraft;
  readonly onChange: (changes: Partial<OrderDraft>) => void;
}

/** How an order is to be placed: everything but what is in it. */
export function OrderTerms({ draft, onChange }: OrderTermsProps): JSX.Element {
  const regions = new Set(useWarehouses().answer?.data.flatMap(({ region }) => region ?? []));
  const policy = policyOf(draft);
  return (
    <div class="terms">
      <TextField
        label="Reference (optional)"
        name="reference"
        maxLength={limits.reference}
        autocomplete="off"
        value={draft.reference}
        onInput={(reference) => onChange({ reference })}
      />
      <TextField
        label="Hold in seconds"
        name="hold_seconds"
        type="number"
        required
        min={1}
        max={limits.holdSeconds}
        step={1}
        value={draft.holdSeconds}
        onInput={(holdSeconds) => onChange({ holdSeconds })}
      />
      <Choice
        label="Allocation"
        name="allocation"
        value={draft.allocation}
        options={allocations}
        onChange={(allocation) => onChange({ allocation: allocation as AllocationStrategy })}
      />
      <Choice
        label={draft.allocation === 'nearest' ? 'Region' : 'Region (optional)'}
        name="region"
        required={draft.allocation === 'nearest'}
        value={draft.region}
        options={[['', 'not said'], ...Array.from(regions, (region) => [region, region] as const)]}
        onChange={(region) => onChange({ region })}
      />
      <Choice
        label="When there is not enough"
        name="on_shortage"
        value={policy}
        options={shortageChoices(draft.lines)}
        onChange={(onShortage) => onChange({ onShortage: onShortage as ShortagePolicy })}
      />
      {policy === 'wait' && (
        <TextField
          label="Wait at most, in seconds"
          name="wait_seconds"
          type="number"
          min={1}
          max={limits.waitSeconds}
          step={1}
          placeholder={String(defaultWaitSeconds)}
          value={draft.waitSeconds}
          onInput={(waitSeconds) => onChange({ waitSeconds })}
        />
      )}
    </div>
  );
}
