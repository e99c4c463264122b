/** What the keys go to: a panel, or what lies over it. */
export type Context = 'groups' | 'findings' | 'connections' | 'flow' | 'filter' | 'help';

export type Action =
  | 'up' | 'down' | 'wheel-up' | 'wheel-down' | 'page-up' | 'page-down' | 'half-page-up' | 'half-page-down' | 'first' | 'last'
  | 'open' | 'back' | 'filter' | 'connections' | 'other-pane' | 'help' | 'quit'
  | 'accept-filter' | 'drop-filter' | 'erase' | 'erase-all';

export interface Binding {
  /** Names as `keyNames` gives them. */
  readonly keys: readonly string[];
  readonly action: Action;
  /** For the help screen. */
  readonly description: string;
  readonly when: readonly Context[];
  /** For the footer, which shows the first key with it; absent where the footer says nothing. */
  readonly label?: string;
}

const lists = ['groups', 'findings', 'connections'] as const satisfies readonly Context[];
const panels = [...lists, 'flow'] as const satisfies readonly Context[];

/** Every key there is. The footer and the help screen are made from this table. */
export const bindings: readonly Binding[] = [
  { keys: ['enter', 'l', 'right'], action: 'open', description: 'open', when: lists, label: 'open' },
  { keys: ['tab'], action: 'other-pane', description: 'ladder or explanation', when: ['flow'], label: 'ladder or explanation' },
  { keys: ['escape', 'h', 'left', 'backspace'], action: 'back', description: 'back', when: ['findings', 'connections', 'flow'], label: 'back' },
  { keys: ['escape', 'h', 'left', 'backspace'], action: 'back', description: 'drop the filter', when: ['groups'] },
  { keys: ['up', 'k'], action: 'up', description: 'up', when: panels },
  { keys: ['down', 'j'], action: 'down', description: 'down', when: panels },
  { keys: ['wheel-up'], action: 'wheel-up', description: 'up three', when: panels },
  { keys: ['wheel-down'], action: 'wheel-down', description: 'down three', when: panels },
  { keys: ['page-up', 'ctrl-b'], action: 'page-up', description: 'a page up', when: panels },
  { keys: ['page-down', 'ctrl-f', ' '], action: 'page-down', description: 'a page down', when: panels },
  { keys: ['ctrl-u'], action: 'half-page-up', description: 'half a page up', when: panels },
  { keys: ['ctrl-d'], action: 'half-page-down', description: 'half a page down', when: panels },
  { keys: ['g', 'home'], action: 'first', description: 'to the first', when: panels },
  { keys: ['G', 'end'], action: 'last', description: 'to the last', when: panels },
  { keys: ['/'], action: 'filter', description: 'only lines with a text', when: lists, label: 'filter' },
  { keys: ['f'], action: 'connections', description: 'all flows', when: ['groups', 'findings'], label: 'all flows' },
  { keys: ['?'], action: 'help', description: 'this help', when: panels, label: 'help' },
  { keys: ['q', 'ctrl-c'], action: 'quit', description: 'quit', when: panels, label: 'quit' },

  { keys: ['enter'], action: 'accept-filter', description: 'keep the filter', when: ['filter'], label: 'keep' },
  { keys: ['escape'], action: 'drop-filter', description: 'drop the filter', when: ['filter'], label: 'drop' },
  { keys: ['backspace'], action: 'erase', description: 'erase a character', when: ['filter'] },
  { keys: ['ctrl-u'], action: 'erase-all', description: 'erase all', when: ['filter'] },
  { keys: ['up'], action: 'up', description: 'up', when: ['filter'] },
  { keys: ['down'], action: 'down', description: 'down', when: ['filter'] },
  { keys: ['ctrl-c'], action: 'quit', description: 'quit', when: ['filter', 'help'] },

  { keys: ['?', 'escape', 'q', 'h', 'left', 'backspace', 'enter'], action: 'help', description: 'close the help', when: ['help'], label: 'close' },
];

/** Undefined for a key that means nothing there. */
export function actionOf(key: string, context: Context): Action | undefined {
  return bindings.find(({ keys, when }) => keys.includes(key) && when.includes(context))?.action;
}

const shown: Readonly<Record<string, string>> = {
  'up': '↑', 'down': '↓', 'left': '←', 'right': '→', 'enter': 'Enter', 'escape': 'Esc', 'tab': 'Tab', 'backspace': 'Backspace',
  'page-up': 'PgUp', 'page-down': 'PgDn', 'home': 'Home', 'end': 'End', ' ': 'Space',
  'wheel-up': 'wheel up', 'wheel-down': 'wheel down',
};

/** A key as people write it: `Enter`, `Ctrl-D`, `G`. */
export function showKey(key: string): string {
  return shown[key] ?? (key.startsWith('ctrl-') ? `Ctrl-${key.slice(5).toUpperCase()}` : key);
}
