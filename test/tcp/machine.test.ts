import { describe, expect, it } from 'vitest';

import { E, S, step } from '../../src/tcp/machine.js';
import { EVENTS, STATES, transitions, type Event, type State } from '../../src/tcp/transitions.js';

type Path = readonly [name: string, from: State, events: readonly Event[], to: State];

const paths: readonly Path[] = [
  ['a client opens', 'CLOSED', ['sends SYN', 'gets SYN-ACK'], 'ESTABLISHED'],
  ['a server is opened', 'CLOSED', ['sends SYN-ACK', 'gets ACK of SYN'], 'ESTABLISHED'],
  ['both open at once', 'CLOSED', ['sends SYN', 'sends SYN-ACK', 'gets ACK of SYN'], 'ESTABLISHED'],
  ['the capture begins in the middle', 'CLOSED', ['is found open'], 'ESTABLISHED'],
  ['the capture begins behind its own FIN', 'CLOSED', ['is found closing', 'gets FIN'], 'TIME-WAIT'],
  ['the capture begins behind the FIN of the peer', 'CLOSED', ['is found half-closed', 'sends FIN'], 'LAST-ACK'],
  ['closes first', 'ESTABLISHED', ['sends FIN', 'gets ACK of FIN', 'gets FIN'], 'TIME-WAIT'],
  ['closes second', 'ESTABLISHED', ['gets FIN', 'sends FIN', 'gets ACK of FIN'], 'CLOSED'],
  ['both close at once', 'ESTABLISHED', ['sends FIN', 'gets FIN', 'gets ACK of FIN'], 'TIME-WAIT'],
  ['closes in the middle of the handshake', 'SYN-RECEIVED', ['sends FIN', 'gets ACK of FIN', 'gets FIN'], 'TIME-WAIT'],
  ['is closed in the middle of the handshake', 'SYN-RECEIVED', ['gets FIN', 'sends FIN', 'gets ACK of FIN'], 'CLOSED'],
  ['2MSL pass', 'TIME-WAIT', ['time passes'], 'CLOSED'],
  ['FIN-WAIT-2 runs out', 'FIN-WAIT-2', ['time passes'], 'CLOSED'],
  ['a SYN reopens TIME-WAIT', 'TIME-WAIT', ['is reopened', 'sends SYN-ACK'], 'SYN-RECEIVED'],
  ['a RST ends TIME-WAIT', 'TIME-WAIT', ['gets RST'], 'CLOSED'], ['aborts', 'CLOSE-WAIT', ['sends RST'], 'CLOSED'],
  ['is refused', 'SYN-SENT', ['gets RST'], 'CLOSED'],
  ['sends its FIN again', 'FIN-WAIT-1', ['sends FIN', 'sends FIN'], 'FIN-WAIT-1'],
  ['gets a FIN again', 'TIME-WAIT', ['gets FIN'], 'TIME-WAIT'],
  ['does not leave CLOSE-WAIT by itself', 'CLOSE-WAIT', ['gets ACK of FIN', 'gets FIN', 'is reopened'], 'CLOSE-WAIT'],
  [
    'is closed, and stays it', 'CLOSED', ['gets FIN', 'gets ACK of FIN', 'gets RST', 'sends RST', 'time passes'],
    'CLOSED',
  ],
];

describe('an endpoint', () => {
  it.each(paths)('%s', (_, from, events, to) => {
    expect(STATES[events.reduce((state, event) => step(state, E[event]), S[from])]).toBe(to);
  });
});

describe('the table', () => {
  it('names no pair twice', () => {
    const pairs = transitions.flatMap(([from, event]) =>
      (from === 'any' ? STATES.filter((state) => state !== 'CLOSED') : [from]).map((state) => `${state}, ${event}`),
    );
    expect(pairs.filter((pair, index) => pairs.indexOf(pair) !== index)).toEqual([]);
  });

  it('reaches every state from CLOSED, and CLOSED from every state', () => {
    const reached = new Set([S.CLOSED]);
    for (const state of reached) for (const event of EVENTS) reached.add(step(state, E[event]));
    expect(STATES.filter((state) => !reached.has(S[state]))).toEqual([]);
    expect(STATES.filter((state) => step(S[state], E['time passes']) !== S.CLOSED)).toEqual([]);
  });

  it('uses every event', () => {
    expect(EVENTS.filter((event) => !transitions.some((row) => row[1] === event))).toEqual([]);
  });

  it('cites sections that RFC 9293 has', () => {
    const sections = [
      '§3.3.2', '§3.6', '§3.6.1', '§3.10.1', '§3.10.4', '§3.10.5', '§3.10.7.2', '§3.10.7.3', '§3.10.7.4', '§3.10.8',
    ];
    // The eight checks of §3.10.7.4, and the requirements of §3.6.1 by their names.
    const within = ['', 'second', 'fifth', 'eighth', 'MAY-2'];
    const unknown = transitions
      .map((row) => row[3].split(' '))
      .filter(([section = '', part = '']) => !sections.includes(section) || !within.includes(part));
    expect(unknown).toEqual([]);
  });

  it('as a grid: states in which it changes nothing are a dot', () => {
    expect(grid()).toMatchInlineSnapshot(`
      "
                    is found open  is found closing  is found half-closed  sends SYN  sends SYN-ACK  gets SYN-ACK  gets ACK of SYN  sends FIN   gets ACK of FIN  gets FIN    sends RST  gets RST  is reopened  time passes
      CLOSED        ESTABLISHED    FIN-WAIT-2        CLOSE-WAIT            SYN-SENT   SYN-RECEIVED   ·             ·                ·           ·                ·           ·          ·         ·            ·
      SYN-SENT      ·              ·                 ·                     ·          SYN-RECEIVED   ESTABLISHED   ·                ·           ·                ·           CLOSED     CLOSED    ·            CLOSED
      SYN-RECEIVED  ·              ·                 ·                     ·          ·              ·             ESTABLISHED      FIN-WAIT-1  ·                CLOSE-WAIT  CLOSED     CLOSED    ·            CLOSED
      ESTABLISHED   ·              ·                 ·                     ·          ·              ·             ·                FIN-WAIT-1  ·                CLOSE-WAIT  CLOSED     CLOSED    ·            CLOSED
      FIN-WAIT-1    ·              ·                 ·                     ·          ·              ·             ·                ·           FIN-WAIT-2       CLOSING     CLOSED     CLOSED    ·            CLOSED
      FIN-WAIT-2    ·              ·                 ·                     ·          ·              ·             ·                ·           ·                TIME-WAIT   CLOSED     CLOSED    ·            CLOSED
      CLOSING       ·              ·                 ·                     ·          ·              ·             ·                ·           TIME-WAIT        ·           CLOSED     CLOSED    ·            CLOSED
      TIME-WAIT     ·              ·                 ·                     ·          ·              ·             ·                ·           ·                ·           CLOSED     CLOSED    CLOSED       CLOSED
      CLOSE-WAIT    ·              ·                 ·                     ·          ·              ·             ·                LAST-ACK    ·                ·           CLOSED     CLOSED    ·            CLOSED
      LAST-ACK      ·              ·                 ·                     ·          ·              ·             ·                ·           CLOSED           ·           CLOSED     CLOSED    ·            CLOSED
      "
    `);
  });
});

function cell(state: State, event: Event): string {
  const next = STATES[step(S[state], E[event])]!;
  return next === state ? '·' : next;
}

/** States downwards, events across. */
function grid(): string {
  const rows = [['', ...EVENTS], ...STATES.map((state) => [state, ...EVENTS.map((event) => cell(state, event))])];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return `\n` +
    `${rows.map((row) => row.map((text, column) => text.padEnd(widths[column]!)).join('  ').trimEnd()).join('\n')}\n`;
}
