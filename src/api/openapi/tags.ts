/** The groups of operations, in the order in which the document lists them. */
export const tags = {
  products: 'What is sold, and how much of it there is.',
  stock: 'Many stock levels at once.',
  orders: 'An order holds its units from the moment it is placed, and moves through its states until it ends.',
  reservations: 'Units set aside: those of orders, and those that stand alone.',
  audit: 'Who did what to which object.',
  health: 'For whoever runs the service.',
  docs: 'This document, and pages to read.',
} as const;

export type Tag = keyof typeof tags;
