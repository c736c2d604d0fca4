/** Whether a write failed because it would break the constraint of this name. */
export function breaksConstraint(error: unknown, name: string): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === name;
}
