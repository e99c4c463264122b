import { describe, expect, test } from 'vitest';
import type { Analysis, Socket, Time } from '../../src/analysis/model.js';
import { LIVING_STATES, type LivingState, type Populations, populations } from '../../src/overview/overview.js';
import { analysis, at, connection, stateEntry } from '../report/analysis-fixture.js';
import { recording, recordings } from './recordings.js';

/** The slow way: ask for all sockets at each moment and count them. */
function counted(
  of: Analysis, moments: readonly Time[], concerns: (socket: Socket) => boolean = () => true,
): Populations['states'] {
  const sockets = moments.map((moment) => of.sockets(moment).filter(concerns));
  return Object.fromEntries(
    LIVING_STATES.map((state) => [state, sockets.map((at) => at.filter((socket) => socket.state === state).length)]),
  ) as Record<LivingState, number[]>;
}

describe.each(recordings)('%s', (name) => {
  test('the sweep counts at every moment what the list of sockets has', async () => {
    const of = await recording(name);
    const { moments, states } = populations(of, { moments: 57 });
    expect(moments).toHaveLength(57);
    expect([moments[0], moments.at(-1)]).toEqual([of.capture.first, of.capture.last]);
    expect(states).toEqual(counted(of, moments));
  });
});

test('one service is counted by itself', async () => {
  const of = await recording('showcase');
  const service = { address: '198.51.100.20', port: 8000 };
  const { moments, states } = populations(of, { moments: 20, service });
  expect(states).toEqual(
    counted(
      of, moments,
      ({ flow }) => of.connection(flow).server.port === 8000 && of.connection(flow).server.address === service.address,
    ),
  );
  expect(states['CLOSE-WAIT'].at(-1)).toBe(48);
});

test('a state holds from the moment it is entered until the one it is left', () => {
  const client = [
    stateEntry('ESTABLISHED', 10, 1), stateEntry('FIN-WAIT-1', 20, 2), stateEntry('CLOSED', 40, null, false),
  ];
  const of = analysis({
    connections: [connection({ start: at(10), states: { client, server: [] } })],
    capture: { first: at(0), last: at(50) },
  });
  const { moments, states } = populations(of, { moments: 6 });
  expect(moments).toEqual([0, 10, 20, 30, 40, 50].map(at));
  expect(states.ESTABLISHED).toEqual([0, 1, 0, 0, 0, 0]);
  expect(states['FIN-WAIT-1']).toEqual([0, 0, 1, 1, 0, 0]);
});

test('states of no duration and clocks that were set back count nobody twice', () => {
  const client = [stateEntry('ESTABLISHED', 30, 1), stateEntry('FIN-WAIT-1', 10, 2), stateEntry('FIN-WAIT-2', 10, 3)];
  const of = analysis({
    connections: [connection({ states: { client, server: [] } })], capture: { first: at(0), last: at(40) },
  });
  const { states } = populations(of, { moments: 5 });
  expect(states.ESTABLISHED).toEqual([0, 0, 0, 0, 0]);
  expect(states['FIN-WAIT-1']).toEqual([0, 0, 0, 0, 0]);
  expect(states['FIN-WAIT-2']).toEqual([0, 1, 1, 1, 1]);
});

test('a capture of one instant has one moment, one without packets none', () => {
  const instant = populations(
    analysis({
      connections: [connection({ states: { client: [stateEntry('SYN-SENT', 3, 1)], server: [] } })],
      capture: { first: at(3), last: at(3) },
    }),
  );
  expect(instant.moments).toEqual([at(3)]);
  expect(instant.states['SYN-SENT']).toEqual([1]);
  expect(populations(analysis({ capture: { first: null, last: null } })).moments).toEqual([]);
});
