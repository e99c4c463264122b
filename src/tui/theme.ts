import type { Severity, State } from '../analysis.js';

/** What a piece of text is, never how it looks. */
export type Role =
  | 'plain' | 'title' | 'heading' | 'muted' | 'accent' | 'selected'
  | 'error' | 'warning' | 'info'
  | 'opening' | 'established' | 'closing' | 'waiting' | 'closed';

/** Turns text into text with its looks. The text may not hold escape sequences of its own (see `inert`). */
export type Paint = (role: Role, text: string) => string;

/**
 * SGR parameters by role (ECMA-48 §8.3.117).
 *
 * The sixteen base colours are the user's own, so they suit dark and light terminals alike; only the bar under the
 * selected row is a fixed pair, where the terminal has 256 colours.
 */
const colours: Readonly<Record<Role, string>> = {
  plain: '',
  title: '1',
  heading: '90',
  muted: '90',
  accent: '36',
  selected: '97;44',
  error: '31',
  warning: '33',
  info: '34',
  opening: '90',
  established: '32',
  closing: '36',
  waiting: '33',
  closed: '90',
};

const colours256: typeof colours = { ...colours, selected: '38;5;231;48;5;24' };

/** Weight and inversion only: for NO_COLOR and terminals without colours. */
const noColours: typeof colours = {
  plain: '', title: '1', heading: '', muted: '', accent: '', selected: '7', error: '1', warning: '', info: '',
  opening: '', established: '', closing: '', waiting: '1', closed: '',
};

/** Looks for a terminal of `colorDepth` bits (1, 4, 8 or 24, as `tty.WriteStream` tells it). NO_COLOR wins (no-color.org). */
export function createPaint(colorDepth: number, environment: NodeJS.ProcessEnv = process.env): Paint {
  const plain = colorDepth < 4 || (environment['NO_COLOR'] ?? '') !== '';
  const codes = plain ? noColours : colorDepth < 8 ? colours : colours256;
  return (role, text) => (codes[role] === '' || text === '' ? text : `\u001B[${codes[role]}m${text}\u001B[0m`);
}

export const severityRole: Readonly<Record<Severity, Role>> = { error: 'error', warning: 'warning', info: 'info' };

/** CLOSE-WAIT stands out: it is the state in which an application owes a close(). */
export const stateRole: Readonly<Record<State, Role>> = {
  'CLOSED': 'closed',
  'SYN-SENT': 'opening',
  'SYN-RECEIVED': 'opening',
  'ESTABLISHED': 'established',
  'FIN-WAIT-1': 'closing',
  'FIN-WAIT-2': 'closing',
  'CLOSING': 'closing',
  'LAST-ACK': 'closing',
  'TIME-WAIT': 'closing',
  'CLOSE-WAIT': 'waiting',
};
