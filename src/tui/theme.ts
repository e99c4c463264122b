import type { Severity, State } from '../analysis/model.js';

/** What a piece of text is, never how it looks. */
export type Role =
  | 'plain' | 'title' | 'heading' | 'muted' | 'accent' | 'selected'
  | 'error' | 'warning' | 'info'
  | 'opening' | 'established' | 'closing' | 'waiting' | 'closed';

/** Turns text into text with its looks. The text may not hold escape sequences of its own (see `inert`). */
export type Paint = (role: Role, text: string) => string;

/** SGR parameters by role (ECMA-48 §8.3.117). */
type Looks = Readonly<Record<Role, string>>;

/** The sixteen base colours are the user's own, so they suit dark and light terminals alike. */
const base: Looks = {
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

/** Only the bar under the selected row is a fixed pair, where the terminal has 256 colours. */
const auto: Looks = { ...base, selected: '38;5;231;48;5;24' };

/** For a dark page. */
const dark: Looks = {
  plain: '38;5;252', title: '1;38;5;255', heading: '38;5;245', muted: '38;5;245', accent: '38;5;80',
  selected: '38;5;231;48;5;24', error: '38;5;210', warning: '38;5;179', info: '38;5;110', opening: '38;5;245',
  established: '38;5;114', closing: '38;5;80', waiting: '38;5;179', closed: '38;5;245',
};

/** For a light page: every colour has a contrast of at least 4.5 to white (WCAG 2.2, 1.4.3). */
const light: Looks = {
  plain: '38;5;235', title: '1;38;5;232', heading: '38;5;241', muted: '38;5;241', accent: '38;5;24',
  selected: '38;5;231;48;5;24', error: '38;5;124', warning: '38;5;94', info: '38;5;25', opening: '38;5;241',
  established: '38;5;22', closing: '38;5;24', waiting: '38;5;94', closed: '38;5;241',
};

/** Weight and inversion only: for NO_COLOR and terminals without colours. */
const none: Looks = {
  plain: '', title: '1', heading: '', muted: '', accent: '', selected: '7', error: '1', warning: '', info: '',
  opening: '', established: '', closing: '', waiting: '1', closed: '',
};

const themes = { auto, dark, light, none } as const;
export type ThemeName = keyof typeof themes;

/**
 * Looks for a terminal of `colorDepth` bits (1, 4, 8 or 24, as `tty.WriteStream` tells it). NO_COLOR wins over a theme
 * that was not asked for (no-color.org); a theme needs 256 colours.
 */
export function createPaint(
  colorDepth: number, theme: ThemeName = 'auto', environment: NodeJS.ProcessEnv = process.env,
): Paint {
  const isCleanStep = colorDepth < 4 || (theme === 'auto' && (environment['NO_COLOR'] ?? '') !== '');
  const looks = isCleanStep ? none : theme === 'none' || colorDepth >= 8 ? themes[theme] : base;
  return (role, text) => (looks[role] === '' || text === '' ? text : `\u001B[${looks[role]}m${text}\u001B[0m`);
}

/** No looks at all: for what is only counted, and where a text is read out. */
export const unpainted: Paint = (_role, text) => text;

/** A painted text without its looks. */
export function bare(painted: string): string {
  // oxlint-disable-next-line no-control-regex -- what `Paint` wrote
  return painted.replace(/\u001B\[[\d;]*m/g, '');
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
