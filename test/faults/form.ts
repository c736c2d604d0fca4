const isFull = process.env['FAULTS'] === 'full';

/** How thorough the fault tests are: the short form is a part of `npm test`, the full one is `npm run test:faults`. */
export const form = {
  name: isFull ? 'full' : 'short',
  isFull,
  /** The seed of everything that is drawn: FAULTS_SEED. */
  seed: Number(process.env['FAULTS_SEED'] ?? 20_261_125),
  /** Figures are appended to this file: FAULTS_FIGURES. */
  figuresFile: process.env['FAULTS_FIGURES'],
  /** One value for the short form, another for the full one. */
  choose: <T>(short: T, full: T): T => (isFull ? full : short),
} as const;
