import { describe, expect, it } from 'vitest';

import type { Segment } from '../../src/decode/segment.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { KeptFirstFrames } from '../../src/flow/identity/kept-first-frames.js';
import { connectionIdsOf } from '../../src/flow/identity/connection-ids.js';
import { Retention } from '../../src/retention/retention.js';
import { idleClosesAround } from '../../src/retention/retained-context.js';
import { timers } from '../../src/tcp/profiles.js';
import { ConnectionFolder } from '../../src/tcp/connection-folder.js';
import { SECOND } from '../../src/base/time.js';
import { segment } from '../flow/segments.js';

const TIME_WAIT = 60 * SECOND;
const nothing = new Uint8Array(0);

/** A table under watch. Times are in seconds. */
class RecentPackets {
  readonly table = new FlowTable({ firstFrames: new KeptFirstFrames() });
  readonly retention: Retention;
  private frame = 0;
  private end = 0;

  constructor(most: number) {
    this.retention = new Retention(most, TIME_WAIT);
  }

  /** Segments of one client port. */
  sees(port: number, seconds: number, steps: readonly Segment[], client?: number): void {
    for (const step of steps) {
      const isAnswer = step.sourcePort === 80;
      if (isAnswer) step.destinationPort = port;
      else step.sourcePort = port;
      if (client !== undefined) step[isAnswer ? 'destination3' : 'source3'] = client;
      this.table.add(step, ++this.frame, seconds * SECOND, nothing);
    }
    this.end = Math.max(this.end, seconds * SECOND);
  }

  looks(seconds: number): void {
    const { table } = this;
    this.end = Math.max(this.end, seconds * SECOND);
    this.retention.look(
      table, seconds * SECOND, this.end,
      () => (rows) => new ConnectionFolder(table, () => timers.linux, { ...connectionIdsOf(table), rows: () => rows }),
    );
  }

  /** Client ports of what is kept, in order of the first frame. */
  get ports(): number[] {
    const { connections, tuples } = this.table;
    return Array.from(connectionIdsOf(this.table).rows(), (row) =>
      tuples.port(connections.tuple(row), connections.clientSide(row)),
    );
  }
}

const opening = (initial = 100): Segment[] => [
  segment('>', 'S', initial), segment('<', 'S.', 500 + initial, initial + 1),
  segment('>', '.', initial + 1, 501 + initial),
];
const closing = (initial = 100): Segment[] => [
  segment('>', 'F.', initial + 1, 501 + initial), segment('<', 'F.', 501 + initial, initial + 2),
  segment('>', '.', initial + 2, 502 + initial),
];
const reset = (initial = 100): Segment[] => [segment('<', 'R.', 501 + initial, initial + 1)];

describe('what is forgotten first', () => {
  it('is what closed cleanly and longest ago, and not before there are too many', () => {
    const watch = new RecentPackets(4);
    for (const port of [1001, 1002, 1003, 1004]) watch.sees(port, port - 1000, [...opening(), ...closing()]);
    watch.looks(1000);
    expect(watch.ports).toEqual([1001, 1002, 1003, 1004]);
    watch.sees(1005, 1000, opening());
    watch.looks(1000);
    expect([watch.ports, watch.retention.early]).toEqual([[1003, 1004, 1005], 0]);
  });

  it('is that and not what was reset, nor what lives, however old', () => {
    const watch = new RecentPackets(4);
    watch.sees(1001, 1, opening());
    watch.sees(1002, 2, [...opening(), segment('>', 'P.', 101, 601, 10), ...reset()]);
    for (const port of [1003, 1004]) watch.sees(port, port - 1000, [...opening(), ...closing()]);
    watch.sees(1005, 1000, opening());
    watch.looks(1000);
    expect(watch.ports).toEqual([1001, 1002, 1005]);
    expect(Object.fromEntries(watch.retention.endings.counted())).toEqual({ closed: 2 });
  });

  it('is then what was reset, whose findings stay in the counts', () => {
    const watch = new RecentPackets(2);
    watch.sees(1001, 1, opening());
    watch.sees(1002, 2, [...opening(), ...reset()]);
    watch.sees(1003, 1000, opening());
    watch.looks(1000);
    const { retention } = watch;
    expect([
      watch.ports, Object.fromEntries(retention.endings.counted()), retention.early, retention.found.flows,
    ]).toEqual([[1001, 1003], { reset: 1 }, 0, 1]);
    expect(retention.found.groups().map(({ group }) => group)).toMatchObject([
      { finding: 'linger-reset', flows: 1, forgotten: 1, findings: [], streams: [] },
    ]);
  });

  it('is in a flood every attempt before anything that was answered', () => {
    const watch = new RecentPackets(100);
    for (let port = 1; port <= 50; port++) watch.sees(port, 1, opening());
    for (let client = 1; client <= 10_000; client++) {
      watch.sees(1000, 2 + client / 1e5, [segment('>', 'S', client)], client);
      watch.looks(2 + client / 1e5);
    }
    const { connections, history, tuples } = watch.table;
    expect(watch.ports.filter((port) => port <= 50).length).toBe(50);
    expect([connections.count <= 101, tuples.count <= 101, history.bytes <= 15_600, watch.retention.lived]).toEqual([
      true, true, true, 0,
    ]);
    expect(watch.retention.early).toBe(watch.retention.count);
    // Floods invent addresses.
    expect(watch.retention.hosts.size).toBe(0);
  });

  it('is at last what has been silent longest, and what it says then is another connection', () => {
    const watch = new RecentPackets(2);
    for (const port of [1001, 1002]) watch.sees(port, port - 1000, opening());
    watch.sees(1001, 5, [segment('>', 'P.', 101, 601, 10)]);
    watch.sees(1003, 6, opening());
    watch.looks(6);
    expect([watch.ports, watch.retention.lived, watch.retention.early]).toEqual([[1001, 1003], 1, 1]);
    watch.sees(1002, 7, [segment('>', 'P.', 101, 601, 10)]);
    expect(watch.ports).toEqual([1001, 1003, 1002]);
  });
});

describe('a clock that is set back', () => {
  it('lets nothing go that is still in TIME-WAIT while there is something else', () => {
    const watch = new RecentPackets(4);
    watch.sees(1001, 5000, [...opening(), ...closing()]);
    // An hour earlier.
    for (const port of [1002, 1003, 1004]) watch.sees(port, 1400, [...opening(), ...closing()]);
    watch.sees(1005, 1401, opening());
    watch.looks(1401);
    expect([watch.ports, watch.retention.early]).toEqual([[1002, 1003, 1004, 1005], 0]);
  });
});

describe('connections on one tuple', () => {
  it('go one after the other where each began when TIME-WAIT of the one before was over', () => {
    const watch = new RecentPackets(3);
    for (const [index, seconds] of [0, 100, 200, 300].entries())
      watch.sees(1001, seconds, [...opening(1000 * index), ...closing(1000 * index)]);
    watch.sees(1002, 400, opening());
    watch.looks(400);
    const { connections } = watch.table;
    const [last] = connectionIdsOf(watch.table).rows();
    expect([watch.ports, watch.retention.early, connections.previous(last!)]).toEqual([[1001, 1002], 0, -1]);
    // And what comes now on the tuple belongs to the last one.
    watch.sees(1001, 401, [segment('<', '.', 3502, 3102)]);
    expect(watch.ports.length).toBe(2);
  });

  it('stay where the next one is judged by them', () => {
    const watch = new RecentPackets(3);
    watch.sees(1001, 0, [...opening(), ...closing()]);
    watch.sees(1001, 10, [...opening(100_000), segment('>', 'P.', 100_001, 100_501, 10)]);
    watch.sees(1002, 200, [...opening(), ...closing()]);
    watch.sees(1003, 400, opening());
    watch.looks(400);
    expect([watch.ports, watch.retention.early]).toEqual([[1001, 1001, 1003], 0]);
  });
});

describe('what grows beside the connections', () => {
  it('is let go, too: tuples that headers alone have shown', () => {
    const watch = new RecentPackets(10);
    watch.sees(1001, 1, opening());
    for (let port = 1; port <= 1000; port++) {
      watch.table.addHeader(Object.assign(segment('>', '.', 1), { sourcePort: port, source3: 7 }), 1000 + port);
      watch.looks(2);
    }
    expect(watch.table.tuples.count).toBeLessThanOrEqual(12);
    watch.sees(1001, 3, [segment('>', 'P.', 101, 601, 10)]);
    expect(watch.ports).toEqual([1001]);
  });

  it('is let go, too: what hosts have shown of their systems, but for those that are still there', () => {
    const watch = new RecentPackets(100);
    for (let client = 1; client <= 40_000; client++) {
      watch.sees(1000, client, [...opening(), ...closing()], client * 7919);
      watch.looks(client);
    }
    expect(watch.retention.hosts.size).toBeLessThan(17_000);
    expect(watch.retention.count).toBeGreaterThan(39_800);
    expect(watch.table.streams['rows']).toBeLessThanOrEqual(101);
  });

  it('is let go, too: what ended together, but for the moments in which something was reset that is kept', () => {
    const watch = new RecentPackets(200);
    watch.sees(1, 0, opening());
    watch.sees(1, 10, [segment('<', 'R.', 601, 101)]);
    for (let port = 2000; port < 2500; port++) {
      watch.sees(port, port, opening());
      watch.sees(port, port + 0.5, closing());
      watch.looks(port + 1);
    }
    const { idleCloses } = watch.table;
    expect(idleCloses.count).toBe(501);
    const some = idleClosesAround(watch.table);
    expect([watch.ports[0], some.count, some.timeOf(0), idleCloses.count]).toEqual([1, 1, 10 * SECOND, 501]);
  });
});
