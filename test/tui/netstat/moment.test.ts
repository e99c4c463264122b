import { describe, expect, it } from 'vitest';
import { analyze } from '../../../src/analysis/analyze.js';
import { filtered, parseFilter } from '../../../src/filter/filter.js';
import { SECOND } from '../../../src/base/time.js';
import { momentAt, stateOfRow, type Moment } from '../../../src/tui/netstat/moment.js';
import { socketsSource } from '../../../src/tui/netstat/sockets.js';
import { NO_SOCKET, stepped } from '../../../src/tui/netstat/state-index.js';
import { scan, type Scan } from '../../../src/tui/scan.js';
import type { Analysis } from '../../../src/analysis/model.js';
import { analysisOf } from '../fixture.js';

const surveyed = (analysis: Analysis): Promise<Scan> => new Promise((resolve) => {
  scan(analysis, resolve, new AbortController().signal);
});

const showcase = await analyze(['captures/showcase.pcapng']);
const { index } = await surveyed(showcase);
const first = showcase.capture.first!;
const last = showcase.capture.last!;

/** `7 client ESTABLISHED` of every socket of a moment. */
function named(moment: Moment): string[] {
  return Array.from({ length: moment.count }, (_, position) => {
    const endpoint = moment.endpointAt(position);
    const { is, was } = moment.rowsOf(endpoint);
    return `${endpoint >> 1} ${(endpoint & 1) === 0 ? 'client' : 'server'} ${stateOfRow(index, is === NO_SOCKET ? was : is)}`;
  });
}

describe('a moment', () => {
  it.each([0, 0.1, 10, 33.3, 60.001, 89])(
    '%d s after the first packet has the sockets that the analysis has',
    (seconds) => {
    const time = first + seconds * SECOND;
    const expected = showcase.sockets(time).map(({ flow, local, state }) => {
      const { client } = showcase.connection(flow);
      return `${flow} ${client.port === local.port && client.address === local.address ? 'client' : 'server'} ${state}`;
    });
    expect(named(momentAt(index, time, null)).toSorted()).toEqual(expected.toSorted());
  },
  );

  it('counts the same by state and by service', () => {
    const { states, services, count } = momentAt(index, last, null);
    expect(states.reduce((sum, { now }) => sum + now, 0)).toBe(count);
    expect(services.reduce((sum, { sockets }) => sum + sockets.now, 0)).toBe(count);
  });

  it.each([1, -1])('says what is new, changed and gone since another one, in direction %d', (direction) => {
    const [time, before] =
      direction === 1 ? [first + 40 * SECOND, first + 39 * SECOND] : [first + 39 * SECOND, first + 40 * SECOND];
    const moment = momentAt(index, time, before);
    const now = new Set(named(momentAt(index, time, null)));
    const then = new Set(named(momentAt(index, before, null)));
    const changes = named(moment).map(
      (name, position) => [name, moment.changeOf(moment.endpointAt(position))] as const,
    );
    const names = (wanted: string): string[] => changes.filter(([, change]) => change === wanted).map(([name]) => name);
    expect(names('')).toEqual(names('').filter((name) => now.has(name) && then.has(name)));
    expect(names('gone').every((name) => then.has(name) && !now.has(name))).toBe(true);
    expect([...names(''), ...names('new'), ...names('changed')].toSorted()).toEqual([...now].toSorted());
    expect(moment.changes).toEqual({
      new: names('new').length, changed: names('changed').length, gone: names('gone').length,
    });
    expect(names('new').length + names('gone').length).toBeGreaterThan(0);
  });

  it('comes out the same by a step from another one as by a look at all endpoints', () => {
    const seconds = [0, 1, 2, 2.5, 2.4999, 40, 39, 41, 89, 0, 88, 60.001, 60.002, 60.001];
    let shown: Moment | null = null;
    for (const [step, second] of seconds.entries()) {
      const time = first + second * SECOND;
      const before = step === 0 ? null : first + seconds[step - 1]! * SECOND;
      const stepped: Moment = momentAt(index, time, before, shown);
      const looked = momentAt(index, time, before);
      const told = (moment: Moment): unknown => ({
        sockets: named(moment).map((name, position) => [name, moment.changeOf(moment.endpointAt(position))]),
        changes: moment.changes, states: moment.states, services: moment.services,
      });
      expect(told(stepped)).toEqual(told(looked));
      expect(stepped.states.map(({ now }) => now)).toEqual(momentAt(index, time, null).states.map(({ now }) => now));
      shown = stepped;
    }
  });

  it('shows a socket with its age and the timer that ends it', () => {
    const moment = momentAt(index, last, null);
    const source = socketsSource(showcase, moment);
    const rows = Array.from({ length: source.count }, (_, position) => source.row(position));
    expect(rows.every(({ socket, state }) => socket?.state === state)).toBe(true);
    expect(rows.some(({ socket }) => socket?.expires !== null)).toBe(true);
  });

  it('has no sockets that a view leaves out', async () => {
    const view = filtered(showcase, parseFilter('port 9464'));
    const known = await surveyed(view);
    const start = view.connections().next().value!.start;
    const ports = momentAt(known.index, start, null).services.map(({ service }) => service.port);
    expect(ports).toEqual([9464]);
    expect(known.services.map(({ service }) => service.port)).toEqual([9464]);
  });
});

describe('steps', () => {
  it('lead to every change of a state, one after the other', () => {
    let time = first;
    const seen: number[] = [];
    for (let step = 0; step < 20; step++) {
      time = stepped('change-on', time, showcase, index);
      seen.push(time);
    }
    const all = [
      ...new Set(
        [...showcase.connections()].flatMap(({ states }) =>
          [...states.client, ...states.server].map((entry) => entry.time),
        ),
      ),
    ]
      .toSorted((a, b) => a - b)
      .filter((at) => at > first);
    expect(seen).toEqual(all.slice(0, 20));
    expect(stepped('change-back', seen[5]!, showcase, index)).toBe(seen[4]);
  });

  it('lead from finding to finding, and never out of the capture', () => {
    const starts = [...new Set(showcase.findings.map(({ start }) => start))].toSorted((a, b) => a - b);
    expect(stepped('finding-on', first, showcase, index)).toBe(starts.find((start) => start > first));
    expect(stepped('second-back', first, showcase, index)).toBe(first);
    expect(stepped('second-on', last, showcase, null)).toBe(last);
    expect(stepped('begin', last, showcase, null)).toBe(first);
  });
});

it('is made in slices that let others have their turn, and not at all once it is stopped', async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 0);
  const { services } = await surveyed(analysisOf(20_000));
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
  expect(services.map(({ flows }) => flows).reduce((sum, flows) => sum + flows, 0)).toBe(20_000);
});
