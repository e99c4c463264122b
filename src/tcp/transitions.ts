/** The states of RFC 9293 §3.3.2, spelled as the RFC and `ss` spell them. LISTEN cannot be seen on the wire. */
export const STATES = [
  'CLOSED', 'SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'TIME-WAIT', 'CLOSE-WAIT',
  'LAST-ACK',
] as const;
export type State = (typeof STATES)[number];

/**
 * What can happen to an endpoint. A segment is up to two things to its talker's peer: first its ACK, then its FIN
 * (§3.10.7.4).
 */
export const EVENTS = [
  'is found open', 'is found closing', 'is found half-closed', 'sends SYN', 'sends SYN-ACK', 'gets SYN-ACK',
  'gets ACK of SYN', 'sends FIN', 'gets ACK of FIN', 'gets FIN', 'sends RST', 'gets RST', 'is reopened', 'time passes',
] as const;
export type Event = (typeof EVENTS)[number];

/** From, event, to, and the section of RFC 9293 that says so. `any` is every state but CLOSED. */
export type Transition = readonly [from: State | 'any', event: Event, to: State, section: string];

/** A pair that no row names keeps its state (§3.10: "if no state change is mentioned"). */
export const transitions: readonly Transition[] = [
  // A capture that starts in the middle shows a connection without its SYN, or even behind its first FIN.
  ['CLOSED',       'is found open',   'ESTABLISHED',  '§3.3.2'],
  ['CLOSED',       'is found closing', 'FIN-WAIT-2',  '§3.6'],
  ['CLOSED',       'is found half-closed', 'CLOSE-WAIT', '§3.6'],
  ['CLOSED',       'sends SYN',       'SYN-SENT',     '§3.10.1'],
  ['CLOSED',       'sends SYN-ACK',   'SYN-RECEIVED', '§3.10.7.2'],
  ['SYN-SENT',     'sends SYN-ACK',   'SYN-RECEIVED', '§3.10.7.3'],
  ['SYN-SENT',     'gets SYN-ACK',    'ESTABLISHED',  '§3.10.7.3'],
  ['SYN-RECEIVED', 'gets ACK of SYN', 'ESTABLISHED',  '§3.10.7.4 fifth'],

  ['SYN-RECEIVED', 'sends FIN',       'FIN-WAIT-1',   '§3.10.4'],
  ['ESTABLISHED',  'sends FIN',       'FIN-WAIT-1',   '§3.10.4'],
  ['CLOSE-WAIT',   'sends FIN',       'LAST-ACK',     '§3.10.4'],

  ['FIN-WAIT-1',   'gets ACK of FIN', 'FIN-WAIT-2',   '§3.10.7.4 fifth'],
  ['CLOSING',      'gets ACK of FIN', 'TIME-WAIT',    '§3.10.7.4 fifth'],
  ['LAST-ACK',     'gets ACK of FIN', 'CLOSED',       '§3.10.7.4 fifth'],

  ['SYN-RECEIVED', 'gets FIN',        'CLOSE-WAIT',   '§3.10.7.4 eighth'],
  ['ESTABLISHED',  'gets FIN',        'CLOSE-WAIT',   '§3.10.7.4 eighth'],
  ['FIN-WAIT-1',   'gets FIN',        'CLOSING',      '§3.10.7.4 eighth'],
  ['FIN-WAIT-2',   'gets FIN',        'TIME-WAIT',    '§3.10.7.4 eighth'],

  // 2MSL, a system's FIN-WAIT-2 timer, the user timeout: what ends a socket without a segment.
  ['any',          'time passes',     'CLOSED',       '§3.10.8'],
  ['TIME-WAIT',    'is reopened',     'CLOSED',       '§3.6.1 MAY-2'],
  ['any',          'sends RST',       'CLOSED',       '§3.10.5'],
  ['any',          'gets RST',        'CLOSED',       '§3.10.7.4 second'],
];
