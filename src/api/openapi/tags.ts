/** The groups of operations, in the order in which the document lists them. */
export const tags = {
  overview: 'How everything stands, at one look.',
  products: 'What is sold, and how much of it there is.',
  warehouses: 'Where stock lies, and how it moves from one place to another.',
  orders: 'An order holds its units from the moment it is placed, and moves through its states until it ends.',
  reservations: 'Units set aside: those of orders, and those that stand alone.',
  keys: 'API keys: who may call, and in which role.',
  session: 'Who calls, and the session of a browser.',
  audit: 'Who did what to which object.',
  system: 'How Earmark is: its workers and schedules, and whether its books agree.',
  health: 'For whoever runs the service.',
  console: 'Pages for people; they use the same API.',
  docs: 'This document, and pages to read.',
} as const;

export type Tag = keyof typeof tags;
