import { screenNames, screens, type ScreenAction, type ScreenName } from './screens.js';

/** What the keys go to: a pane of a panel, or what lies over it. */
export type Context =
  | 'groups' | 'services' | 'chart' | 'findings' | 'connections' | 'sockets' | 'summary' | ScreenName | 'ladder'
  | 'explanation' | TapList | (typeof pair)[number] | 'filter' | 'language' | 'columns' | 'help';

export type Action =
  | 'up' | 'down' | 'wheel-up' | 'wheel-down' | 'page-up' | 'page-down' | 'half-page-up' | 'half-page-down' | 'first'
  | 'last' | 'open' | 'back' | 'filter' | 'other-pane' | 'help' | 'quit' | 'next' | 'previous' | 'follow' | 'freeze'
  | 'triage' | 'connections' | 'netstat' | ScreenName | 'accept-filter' | 'drop-filter' | 'erase' | 'erase-all'
  | 'complete' | 'next-candidate' | 'previous-candidate' | 'columns' | 'toggle-column' | 'sort-column' | 'sort-next'
  | 'reverse' | 'mark' | 'unmark' | 'second-back' | 'second-on' | 'packet-back' | 'packet-on' | 'change-back'
  | 'change-on' | 'finding-back' | 'finding-on' | 'begin' | 'end' | 'cursor-back' | 'cursor-on' | 'unfold' | 'jump'
  | 'copy' | 'copy-markdown' | 'extract' | 'packets' | 'packets-at-server' | 'passed' | 'lone' | ScreenAction;

export interface Binding {
  /** Names as `keyNames` gives them. */
  readonly keys: readonly string[];
  readonly action: Action;
  /** For the help screen. */
  readonly description: string;
  readonly when: readonly Context[];
  /** For the footer, which shows the first key with it; absent where the footer says nothing. */
  readonly label?: string;
  /** Shown with it in the footer: the key of the opposite. */
  readonly opposite?: string;
}

/** Lists of the screen of captures. */
const captureLists = [
  'groups', 'services', 'findings', 'connections', 'sockets', 'summary', ...screenNames,
] as const satisfies readonly Context[];
/** Lists of the screen of both ends: what did not pass between the taps as sent, what did, what one tap alone has. */
export const tapLists = ['differing', 'passed', 'lone'] as const;
export type TapList = (typeof tapLists)[number];
/** Panes that are lists. */
export const lists = [...captureLists, ...tapLists] as const satisfies readonly Context[];
export type ListName = (typeof lists)[number];

const flow = ['ladder', 'explanation'] as const satisfies readonly Context[];
/** Panes of one connection at both ends. */
export const pair = ['pair-ladder', 'pair-explanation'] as const;
/** The screen of both ends. */
export const taps = [...tapLists, ...pair] as const satisfies readonly Context[];
const scrolled = [...lists, ...flow, ...pair, 'help'] as const satisfies readonly Context[];
const panes = [...captureLists, ...flow, 'chart'] as const satisfies readonly Context[];
const triage = ['groups', 'services', 'chart'] as const satisfies readonly Context[];
const netstat = ['sockets', 'summary'] as const satisfies readonly Context[];
/** Panes in which left and right lead out and in. */
const across = ['groups', 'services', 'findings', 'connections', ...tapLists] as const satisfies readonly Context[];

/** Every key there is. The footer, the help screen and the README are made from this table. */
export const bindings: readonly Binding[] = [
  { keys: ['enter', 'l', 'right'], action: 'open', description: 'open', when: across, label: 'open' },
  { keys: ['enter'], action: 'open', description: 'open', when: [...netstat, ...screenNames], label: 'open' },
  { keys: ['enter'], action: 'open', description: 'sockets at this moment', when: ['chart'], label: 'sockets then' },
  {
    keys: ['enter', 'l', 'right'], action: 'unfold', description: 'unfold or fold data', when: ['ladder'],
    label: 'unfold',
  },
  {
    keys: ['enter', 'l', 'right'], action: 'jump', description: 'to the frame',
    when: ['explanation', 'pair-explanation'],
    label: 'to the frame',
  },
  {
    keys: ['tab'], action: 'other-pane', description: 'the next pane', when: [...triage, ...netstat, ...flow, ...pair],
    label: 'next pane',
  },
  {
    keys: ['escape', 'h', 'left', 'backspace'], action: 'back', description: 'back',
    when: ['findings', 'connections', ...flow, 'passed', 'lone', ...pair], label: 'back',
  },
  {
    keys: ['escape', 'backspace'], action: 'back', description: 'back', when: [...netstat, ...screenNames],
    label: 'back',
  },
  {
    keys: ['escape', 'h', 'left', 'backspace'], action: 'back', description: 'drop the filter',
    when: ['groups', 'services', 'differing'],
  },
  { keys: ['escape'], action: 'back', description: 'drop the filter', when: ['chart'] },

  {
    keys: ['right', 'l'], action: 'second-on', description: 'a second later', when: netstat, label: 'second',
    opposite: 'left',
  },
  { keys: ['left', 'h'], action: 'second-back', description: 'a second earlier', when: netstat },
  { keys: ['>'], action: 'packet-on', description: 'next packet', when: netstat, label: 'packet', opposite: '<' },
  { keys: ['<'], action: 'packet-back', description: 'packet before', when: netstat },
  {
    keys: ['.'], action: 'change-on', description: 'next change of a state', when: netstat, label: 'change',
    opposite: ',',
  },
  { keys: [','], action: 'change-back', description: 'change of a state before', when: netstat },
  { keys: [']'], action: 'finding-on', description: 'next finding', when: netstat, label: 'finding', opposite: '[' },
  { keys: ['['], action: 'finding-back', description: 'finding before', when: netstat },
  { keys: ['0'], action: 'begin', description: 'first packet', when: netstat },
  { keys: ['$'], action: 'end', description: 'last packet', when: netstat },
  {
    keys: ['right', 'l'], action: 'cursor-on', description: 'cursor later', when: ['chart'], label: 'move',
    opposite: 'left',
  },
  { keys: ['left', 'h'], action: 'cursor-back', description: 'cursor earlier', when: ['chart'] },
  ...screens.flatMap((screen) => screen.bindings.map((binding) => ({ ...binding, when: [screen.name] }))),

  { keys: ['up', 'k'], action: 'up', description: 'up', when: scrolled },
  { keys: ['down', 'j'], action: 'down', description: 'down', when: [...lists, ...flow, ...pair] },
  { keys: ['down', 'j'], action: 'down', description: 'scroll', when: ['help'], label: 'scroll', opposite: 'up' },
  { keys: ['wheel-up'], action: 'wheel-up', description: 'up three', when: scrolled },
  { keys: ['wheel-down'], action: 'wheel-down', description: 'down three', when: scrolled },
  { keys: ['page-up', 'ctrl-b'], action: 'page-up', description: 'a page up', when: scrolled },
  { keys: ['page-down', 'ctrl-f', ' '], action: 'page-down', description: 'a page down', when: scrolled },
  { keys: ['ctrl-u'], action: 'half-page-up', description: 'half a page up', when: scrolled },
  { keys: ['ctrl-d'], action: 'half-page-down', description: 'half a page down', when: scrolled },
  { keys: ['g', 'home'], action: 'first', description: 'to the first', when: scrolled },
  { keys: ['G', 'end'], action: 'last', description: 'to the last', when: scrolled },
  {
    keys: ['n'], action: 'next', description: 'next frame of evidence', when: [...flow, ...pair], label: 'evidence',
  },
  { keys: ['N'], action: 'previous', description: 'frame of evidence before', when: [...flow, ...pair] },
  { keys: ['n'], action: 'next', description: 'next mark or finding', when: ['connections'] },
  { keys: ['N'], action: 'previous', description: 'mark or finding before', when: ['connections'] },
  { keys: ['n'], action: 'next', description: 'next marked change', when: netstat },
  { keys: ['N'], action: 'previous', description: 'marked change before', when: netstat },
  { keys: ['/'], action: 'filter', description: 'filter, or search text', when: ['connections'], label: 'filter' },
  {
    keys: ['/'], action: 'filter', description: 'search text, or filter',
    when: captureLists.filter((list) => list !== 'connections'), label: 'search',
  },
  { keys: ['/'], action: 'filter', description: 'search text', when: tapLists, label: 'search' },
  { keys: ['/'], action: 'filter', description: 'search the keys', when: ['help'], label: 'search' },
  {
    keys: ['p'], action: 'passed', description: 'what passed as sent', when: ['differing', 'lone'], label: 'passed',
  },
  {
    keys: ['o'], action: 'lone', description: 'what one tap alone has', when: ['differing', 'passed'],
    label: 'at one tap',
  },
  { keys: ['y'], action: 'copy', description: 'copy as text', when: taps, label: 'copy' },

  { keys: ['c'], action: 'columns', description: 'choose columns', when: ['connections'], label: 'columns' },
  { keys: ['o'], action: 'sort-next', description: 'sort by the next column', when: ['connections'], label: 'sort' },
  { keys: ['O'], action: 'reverse', description: 'sort the other way round', when: ['connections'] },
  {
    keys: ['m'], action: 'mark', description: 'mark the flow', when: ['findings', 'connections', ...flow],
    label: 'mark',
  },
  { keys: ['M'], action: 'unmark', description: 'drop all marks', when: ['findings', 'connections'] },
  {
    keys: ['y'], action: 'copy', description: 'copy a Wireshark filter', when: ['findings', 'connections', ...flow],
    label: 'copy filter',
  },
  {
    keys: ['Y'], action: 'copy-markdown', description: 'copy as Markdown', when: ['findings', 'connections', ...flow],
    label: 'Markdown',
  },
  {
    keys: ['e'], action: 'extract', description: 'extract to pcapng', when: ['findings', 'connections', ...flow],
    label: 'extract',
  },
  // The filter names all flows of the line.
  { keys: ['y'], action: 'copy', description: 'copy a Wireshark filter', when: ['groups', 'services'] },
  { keys: ['Y'], action: 'copy-markdown', description: 'copy as Markdown', when: ['groups', 'services'] },
  { keys: ['e'], action: 'extract', description: 'extract to pcapng', when: ['groups', 'services'] },
  { keys: ['w'], action: 'packets', description: 'open Wireshark or tshark', when: flow, label: 'Wireshark' },
  { keys: ['F'], action: 'follow', description: 'follow the end', when: ['connections', ...netstat] },

  { keys: ['t'], action: 'triage', description: 'first screen', when: [...panes, ...taps] },
  {
    keys: ['f'], action: 'connections', description: 'all flows',
    when: ['groups', 'services', 'chart', 'findings', ...netstat, ...screenNames], label: 'flows',
  },
  {
    keys: ['s'], action: 'netstat', description: 'sockets at a moment',
    when: [...triage, 'findings', 'connections', ...flow, ...screenNames], label: 'sockets',
  },
  ...screens.map(({ name, key, description, label }) => ({
    keys: [key], action: name, description, label, when: panes.filter((pane) => pane !== name),
  })),
  { keys: ['z'], action: 'freeze', description: 'freeze what is live', when: panes },
  { keys: ['?'], action: 'help', description: 'this help', when: [...panes, ...taps], label: 'help' },
  { keys: ['q', 'ctrl-c'], action: 'quit', description: 'quit', when: [...panes, ...taps], label: 'quit' },
  // Behind quit: a footer of 80 columns has no room for them.
  { keys: ['Y'], action: 'copy-markdown', description: 'copy as Markdown', when: taps, label: 'Markdown' },
  { keys: ['e'], action: 'extract', description: 'extract to pcapng', when: taps, label: 'extract' },
  { keys: ['w'], action: 'packets', description: "client's in Wireshark", when: pair, label: 'Wireshark' },
  { keys: ['W'], action: 'packets-at-server', description: "server's in Wireshark", when: pair },

  {
    keys: ['enter'], action: 'accept-filter', description: 'keep the filter', when: ['filter', 'language'],
    label: 'keep',
  },
  { keys: ['tab'], action: 'complete', description: 'complete the word', when: ['language'], label: 'complete' },
  {
    keys: ['escape'], action: 'drop-filter', description: 'drop the filter', when: ['filter', 'language'],
    label: 'drop',
  },
  { keys: ['backspace'], action: 'erase', description: 'erase a character', when: ['filter', 'language'] },
  { keys: ['ctrl-u'], action: 'erase-all', description: 'erase all', when: ['filter', 'language'] },
  { keys: ['up'], action: 'up', description: 'up', when: ['filter'] },
  { keys: ['down'], action: 'down', description: 'down', when: ['filter'] },
  { keys: ['up'], action: 'previous-candidate', description: 'candidate before', when: ['language'] },
  { keys: ['down'], action: 'next-candidate', description: 'next candidate', when: ['language'] },
  { keys: ['ctrl-c'], action: 'quit', description: 'quit', when: ['filter', 'language', 'columns', 'help'] },

  { keys: ['up', 'k'], action: 'up', description: 'up', when: ['columns'] },
  { keys: ['down', 'j'], action: 'down', description: 'down', when: ['columns'] },
  {
    keys: [' '], action: 'toggle-column', description: 'show or hide the column', when: ['columns'],
    label: 'show or hide',
  },
  {
    keys: ['enter'], action: 'sort-column', description: 'sort by it, or reverse', when: ['columns'],
    label: 'sort by it',
  },
  {
    keys: ['escape', 'c', 'q', 'h', 'left', 'backspace'], action: 'columns', description: 'close the columns',
    when: ['columns'], label: 'close',
  },
  {
    keys: ['?', 'escape', 'q', 'h', 'left', 'backspace', 'enter'], action: 'help', description: 'close the help',
    when: ['help'], label: 'close',
  },
];

/** Undefined for a key that means nothing there. */
export function actionOf(key: string, context: Context): Action | undefined {
  return bindings.find(({ keys, when }) => keys.includes(key) && when.includes(context))?.action;
}

const shown: Readonly<Record<string, string>> = {
  up: '↑', down: '↓', left: '←', right: '→', enter: 'Enter', escape: 'Esc', tab: 'Tab', backspace: 'Backspace',
  'page-up': 'PgUp', 'page-down': 'PgDn', home: 'Home', end: 'End', ' ': 'Space', 'wheel-up': 'wheel up',
  'wheel-down': 'wheel down',
};

/** A key as people write it: `Enter`, `Ctrl-D`, `G`. */
export function showKey(key: string): string {
  return shown[key] ?? (key.startsWith('ctrl-') ? `Ctrl-${key.slice(5).toUpperCase()}` : key);
}
