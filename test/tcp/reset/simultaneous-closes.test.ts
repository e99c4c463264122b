import { describe, expect, it } from 'vitest';

import type { Segment } from '../../../src/decode/segment.js';
import { FlowTable } from '../../../src/flow/flow-table.js';
import { SimultaneousCloses, type ClosingEnd } from '../../../src/tcp/reset/simultaneous-closes.js';
import { MILLISECOND, SECOND } from '../../../src/base/time.js';
import { CLIENT, segment } from '../../flow/segments.js';

/** Port, last word of the client at one time, and then its end at another, in seconds. */
type Life = readonly [port: number, spoke: number, ended: number, flags: 'F.' | 'R.'];

const MOMENT = 30;
const exit: readonly Life[] = [
  [1, 2, MOMENT, 'R.'], [2, 3, MOMENT + 0.0002, 'F.'], [3, 9, MOMENT + 0.0004, 'F.'], [4, 20, MOMENT + 0.001, 'R.'],
];

/** What the client's host closed beside the first of these connections, at the moment that one ended. */
function beside(lives: readonly Life[]) {
  const { closingEnd, simultaneousCloses } = departed(lives.flatMap(([port, spoke, ended, flags]) => [
    { port, at: spoke, sent: segment('>', 'P.', 1, 1, 30) },
    { port, at: ended, sent: segment('>', flags, 31, 1) },
  ]));
  return simultaneousCloses.beside(closingEnd(0), MOMENT * SECOND);
}

/** Takes in packets of clients with these ports, and who the ends of the first of them are. */
function departed(packets: readonly { port: number; at: number; sent: Segment }[]) {
  const table = new FlowTable();
  packets.toSorted((one, other) => one.at - other.at).forEach(({ port, at, sent }, index) => {
    const own = sent.sourcePort === CLIENT.port ? { sourcePort: 40_000 + port } : { destinationPort: 40_000 + port };
    table.add(Object.assign(sent, own), index + 1, at * SECOND, new Uint8Array());
  });
  const { connections, tuples } = table;
  const closingEnd = (role: 0 | 1): ClosingEnd => {
    const row = Array.from({ length: connections.count }, (_, at) => at).find(
      (at) => tuples.port(connections.tuple(at), connections.clientSide(at)) === 40_000 + packets[0]!.port,
    )!;
    const [tuple, side] = [connections.tuple(row), connections.clientSide(row) ^ role];
    return {
      connection: connections.firstFrame(row), role, host: tuples.identity(tuple, side), port: tuples.port(tuple, side),
    };
  };
  return { closingEnd, simultaneousCloses: new SimultaneousCloses(table.idleCloses) };
}

describe('what a host closes beside a connection', () => {
  it('idle sockets of all ages within milliseconds: the end of a process', () => {
    expect(beside(exit)).toEqual({ fins: 2, resets: 1 });
  });

  it('too few to be more than chance', () => {
    expect(beside(exit.slice(0, 3))).toBeNull();
  });

  it('only by RST: they were all meant so', () => {
    expect(beside(exit.map(([port, spoke, ended]) => [port, spoke, ended, 'R.'] as const))).toBeNull();
  });

  it('all of one age: a timer has ended them', () => {
    expect(beside(exit.map(([port, , ended, flags]) => [port, 20, ended, flags] as const))).toBeNull();
  });

  it('what had just spoken: it had a reason of its own to end', () => {
    expect(
      beside(
        exit.map(
          ([port, spoke, ended, flags], index) => [port, index > 1 ? ended - 0.05 : spoke, ended, flags] as const,
        ),
      ),
    ).toBeNull();
  });

  it('what it closed 20 ms later', () => {
    expect(
      beside(
        exit.map(
          ([port, spoke, ended, flags], index) =>
            [port, spoke, index > 1 ? ended + (20 * MILLISECOND) / SECOND : ended, flags] as const,
        ),
      ),
    ).toBeNull();
  });

  it('as many as a second before: such a host closes all the time', () => {
    expect(
      beside([...exit, ...exit.map(([port, spoke, ended, flags]) => [port + 100, spoke, ended - 1, flags] as const)]),
    ).toBeNull();
  });
});

const asks = (port: number, answered: boolean) => [
  { port, at: port - 0.2, sent: segment('>', 'S', 0) },
  { port, at: port - 0.1, sent: segment('<', 'S.', 0, 1) },
  { port, at: port, sent: segment('>', 'P.', 1, 1, 30) },
  { port, at: port + 0.1, sent: segment('<', '.', 1, 31, answered ? 50 : 0) },
  { port, at: MOMENT + port / 10_000, sent: segment('<', 'R.', answered ? 51 : 1, 31) },
];

const unanswered = (answered: readonly boolean[]) => {
  const { closingEnd, simultaneousCloses } = departed(answered.flatMap((was, index) => asks(index + 1, was)));
  return simultaneousCloses.listenerAbortsBeside(closingEnd(1), MOMENT * SECOND);
};

describe('connections that one service aborted together', () => {
  it('and never answered: its listener was closed', () => {
    expect(unanswered([false, false, false])).toBe(2);
  });

  it('whether they are a few or thousands', () => {
    expect(unanswered(Array.from({ length: 40 }, () => false))).toBe(39);
    const { closingEnd, simultaneousCloses } = departed(Array.from({ length: 6000 }, (_, index) => [
      { port: index + 1, at: MOMENT - 1, sent: segment('>', '.', 1, 1) },
      { port: index + 1, at: MOMENT + index / 2e6, sent: segment('<', 'R.', 1, 1) },
    ]).flat());
    expect(simultaneousCloses.listenerAbortsBeside(closingEnd(1), MOMENT * SECOND)).toBe(5999);
  });

  it('once each, however often their RSTs were sent', () => {
    const again = [1, 2, 3].map((port) => ({ port, at: MOMENT + 0.001, sent: segment('<', 'R.', 1, 31) }));
    const { closingEnd, simultaneousCloses } = departed([...[1, 2, 3].flatMap((port) => asks(port, false)), ...again]);
    expect(simultaneousCloses.listenerAbortsBeside(closingEnd(1), MOMENT * SECOND)).toBe(2);
  });

  it('but had answered, though the answers were filtered out: their RSTs are numbered behind them', () => {
    const { closingEnd, simultaneousCloses } = departed(
      [1, 2, 3].flatMap((port) => asks(port, port > 1).filter(({ sent }) => sent.length === 0)),
    );
    expect(simultaneousCloses.listenerAbortsBeside(closingEnd(1), MOMENT * SECOND)).toBe(0);
  });

  it('but had answered: it had accepted them', () => {
    expect(unanswered([false, true, true])).toBe(0);
  });
});
