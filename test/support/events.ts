import { get, type IncomingMessage } from 'node:http';
import { until } from './until.ts';

/** What an entry of a change says. */
export interface EntryWire {
  readonly id: string;
  readonly action: string;
  readonly object_type: string;
  readonly object_id: string;
  readonly order_id: string | null;
  readonly product_ids: readonly string[];
  readonly status: string | null;
  readonly actor: string;
  readonly timestamp: string;
}

export interface EventWire {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: { readonly now?: string; readonly entries?: readonly EntryWire[] };
}

/** A caller that listens to events. */
export interface Listener {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Everything that arrived, as text. */
  text(): string;
  events(): readonly EventWire[];
  /** The entries of all changes, in the order in which they arrived. */
  entries(): readonly EntryWire[];
  /** Where it would go on from. */
  lastId(): string;
  /** Returns when an event of a kind has arrived. */
  hears(event: string): Promise<void>;
  /** Returns when an entry about an object has arrived. */
  hearsOf(objectId: string): Promise<void>;
  /** How it ended: cleanly or broken off; undefined while it goes on. */
  end(): 'cleanly' | 'broken off' | undefined;
  /** Takes nothing more, and keeps the connection. */
  stall(): void;
  close(): void;
}

/** Opens a stream of events, and returns when its answer has begun. */
export async function listenTo(
  url: string,
  { headers = {}, query = '' }: { readonly headers?: Readonly<Record<string, string>>; readonly query?: string } = {},
): Promise<Listener> {
  let text = '';
  let parsed = 0;
  const events: EventWire[] = [];
  const entries: EntryWire[] = [];
  let end: ReturnType<Listener['end']>;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${url}/api/events/${query}`, { headers, agent: false }, resolve).on('error', reject);
  });
  response.setEncoding('utf8');
  response.on('data', (part: string) => {
    text += part;
    const blocks = text.slice(parsed).split('\n\n').slice(0, -1);
    for (const block of blocks) {
      parsed += block.length + 2;
      const event = parse(block);
      events.push(event);
      entries.push(...(event.data.entries ?? []));
    }
  });
  response.on('end', () => (end ??= 'cleanly'));
  response.on('error', () => (end ??= 'broken off'));
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: () => text,
    events: () => events,
    entries: () => entries,
    lastId: () => events.findLast(({ id }) => id !== undefined)?.id ?? '',
    hears: (kind) => until(() => events.some(({ event }) => event === kind)),
    hearsOf: (objectId) => until(() => entries.some(({ object_id }) => object_id === objectId)),
    end: () => end,
    stall: () => void response.pause(),
    close: () => void response.destroy(),
  };
}

function parse(block: string): EventWire {
  const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
  return { event: fields.get('event') ?? '', id: fields.get('id'), data: JSON.parse(fields.get('data') ?? 'null') };
}
