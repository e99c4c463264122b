import { describe, expect, it } from 'vitest';
import type { ClockPiece } from '../../src/between/between.js';
import { SECOND } from '../../src/base/time.js';
import { conclusion } from '../../src/report/between/words.js';
import { type Strip, bothEnds, factsOf, healthy } from './two-tapes.js';

const wanted = '<mss 1460,sackOK,wscale 7>';

/** One conversation as a tap sees it, with what is different there. */
function talk({
  ports,
  addresses,
  initial,
  late = 0,
  syn = wanted,
  answer = wanted,
  lengths = [30, 50],
}: Partial<Strip> & {
  readonly late?: number;
  readonly syn?: string;
  readonly answer?: string;
  readonly lengths?: readonly number[];
}): Strip {
  const [ask = 30, told = 50] = lengths;
  const script = [
    `0.000 > S 0:0 ${syn}`,
    `0.010 < S. 0:0 ack 1 ${answer}`,
    '0.020 > . 1:1 ack 1',
    `0.030 > P. 1:${1 + ask} ack 1`,
    `0.040 < P. 1:${1 + told} ack ${1 + ask}`,
    `0.050 > . ${1 + ask}:${1 + ask} ack ${1 + told}`,
    `0.060 > F. ${1 + ask}:${1 + ask} ack ${1 + told}`,
    `0.070 < F. ${1 + told}:${1 + told} ack ${2 + ask}`,
    `0.080 > . ${2 + ask}:${2 + ask} ack ${2 + told}`,
  ]
    .slice(late)
    .join('\n');
  return {
    script,
    ...(ports !== undefined && { ports }),
    ...(addresses !== undefined && { addresses }),
    ...(initial !== undefined && { initial }),
  };
}

/** Without timestamps, and long enough to be told from another by its lengths. */
function long(initial: readonly [number, number], addresses: readonly [number, number]): Strip {
  const lengths = [
    [17, 301],
    [44, 1201],
    [9, 77],
    [130, 512],
  ] as const;
  const lines = [`0.000 > S 0:0 ${wanted}`, `0.010 < S. 0:0 ack 1 ${wanted}`, '0.020 > . 1:1 ack 1'];
  let [client, server] = [1, 1];
  for (const [index, [ask, told]] of lengths.entries()) {
    lines.push(`${0.03 + index * 0.02} > P. ${client}:${client + ask} ack ${server}`);
    client += ask;
    lines.push(`${0.04 + index * 0.02} < P. ${server}:${server + told} ack ${client}`);
    server += told;
  }
  return { script: lines.join('\n'), initial, addresses };
}

const [laptop, gateway, virtual, target] = [0xc0a80105, 0xcb007109, 0xc6336464, 0x0a010002];

describe('two streams are one connection', () => {
  it('through source and destination NAT, by both initial sequence numbers', async () => {
    const { pairs } = await bothEnds(
      [talk({ ports: [40_000, 80], addresses: [laptop, virtual] })],
      [talk({ ports: [21_000, 8080], addresses: [gateway, target] })],
    );
    expect(pairs).toMatchObject([
      {
        by: 'numbers',
        confidence: 'certain',
        facts: [],
        mapping: {
          atClient: {
            client: { address: '192.168.1.5', port: 40_000 },
            server: { address: '198.51.100.100', port: 80 },
          },
          atServer: [{ client: { address: '203.0.113.9', port: 21_000 }, server: { address: '10.1.0.2', port: 8080 } }],
          source: true,
          destination: true,
        },
      },
    ]);
  });

  it('behind a firewall that changes the numbers of one side', async () => {
    const { pairs } = await bothEnds([talk({ initial: [1000, 2000] })], [talk({ initial: [987_654_321, 2000] })]);
    expect(pairs).toMatchObject([
      {
        by: 'numbers',
        mapping: { sequences: { client: true, server: false } },
        legs: { client: { sent: 6, lost: 0 }, server: { sent: 3, lost: 0 } },
      },
    ]);
  });

  it('and of both sides, by the timestamps of both SYNs', async () => {
    const [syn, answer] = ['<mss 1460,TS 111222333 ecr 0>', '<mss 1460,TS 444555666 ecr 111222333>'];
    const ours = talk({ initial: [1000, 2000], syn, answer });
    const theirs = talk({ initial: [-1000, 3_000_000_000], addresses: [gateway, target], syn, answer });
    expect((await bothEnds([ours], [theirs])).pairs).toMatchObject([
      { by: 'timestamps', confidence: 'certain', facts: [], legs: { client: { lost: 0 }, server: { lost: 0 } } },
    ]);
  });

  it('and where there are no timestamps, by the lengths of a talk that is long enough: likely', async () => {
    const { pairs } = await bothEnds(
      [long([1000, 2000], [laptop, virtual])],
      [long([77_000, 88_000], [gateway, target])],
    );
    expect(pairs).toMatchObject([{ by: 'lengths', confidence: 'likely', verdictConfidence: 'likely', facts: [] }]);
  });

  it('where one capture began in the middle, and ports are changed', async () => {
    const { pairs } = await bothEnds(
      [talk({ addresses: [laptop, virtual] })],
      [talk({ addresses: [gateway, target], ports: [61_000, 80], late: 3 })],
    );
    expect(pairs).toMatchObject([{ by: 'segments', facts: [] }]);
  });

  it('where both did, and each takes another end for the client', async () => {
    const { pairs } = await bothEnds(
      [talk({ ports: [40_000, 3000], late: 3 })],
      [talk({ ports: [1024, 3000], addresses: [gateway, target], late: 3 })],
    );
    expect(pairs).toMatchObject([
      { by: 'segments', flipped: [0], facts: [], mapping: { atServer: [{ client: { port: 1024 } }] } },
    ]);
  });
});

/** Opened and answered once. What the client sends is at a tap `shift` seconds later, and the answer so much sooner. */
function answeredOnce(shift: number): string {
  return [
    [0 + shift, `> S 0:0 ${wanted}`], [0.004 - shift, `< S. 0:0 ack 1 ${wanted}`], [0.005 + shift, '> . 1:1 ack 1'],
    [0.01 + shift, '> P. 1:31 ack 1'], [0.02 - shift, '< P. 1:51 ack 31'], [0.021 + shift, '> . 31:31 ack 51'],
  ]
    .map(([time, words]) => `${Number(time).toFixed(4)} ${words}`)
    .join('\n');
}

describe('a NAT that lost its entry makes a new one', () => {
  // By the ports alone the lower one is the server's.
  it.each([61_000, 1024])('at port %i, where the numbers go on', async (port) => {
    const again = {
      client: '8.0000 > P. 31:61 ack 51\n8.0040 < R 51:51 win 0',
      server: '8.0020 > P. 31:61 ack 51\n8.0021 < R 51:51 win 0',
    };
    const [before, after] = [healthy(2, 50_001), healthy(12, 50_002)];
    const ports = [40_000, 3000] as const;
    const addresses = [gateway, target] as const;
    const taps = await bothEnds(
      [
        before.client, { script: `${answeredOnce(0)}\n${again.client}`, ports, addresses: [laptop, target] },
        after.client,
      ],
      [
        before.server, { script: answeredOnce(0.002), ports: [50_000, 3000], addresses },
        { script: again.server, ports: [port, 3000], addresses }, after.server,
      ],
    );
    expect(factsOf(taps).flat()).toEqual(['ports-changed certain client']);
    expect(taps.pairs[0]!.mapping.atServer.map(({ client }) => client.port)).toEqual([50_000, port]);
  });
});

describe('two streams are not', () => {
  it.each([
    [
      'that have nothing in common',
      talk({ initial: [5, 6] }),
      talk({ initial: [70_000_005, 80_000_006], addresses: [gateway, target] }),
    ],
    [
      'that have one number by chance',
      talk({ initial: [5, 6] }),
      talk({ initial: [5, 80_000_006], addresses: [gateway, target], ports: [1, 2] }),
    ],
    [
      'that are as short as many others',
      talk({ initial: [5, 6] }),
      talk({ initial: [7000, 8000], addresses: [gateway, target] }),
    ],
    [
      'of numbers that lie near each other, with no segment in common',
      talk({ initial: [1000, 2000], late: 3 }),
      talk({ initial: [1011, 2022], addresses: [gateway, target], late: 3 }),
    ],
  ])('%s', async (_, ours, theirs) => {
    expect((await bothEnds([ours], [theirs])).pairs).toEqual([]);
  });

  it('of the same timestamps, where another has them too', async () => {
    const [syn, answer] = ['<mss 1460,TS 5 ecr 0>', '<mss 1460,TS 9 ecr 5>'];
    const of = (port: number, initial: readonly [number, number], addresses?: readonly [number, number]): Strip =>
      talk({ ports: [port, 80], initial, syn, answer, ...(addresses && { addresses }) });
    const { pairs } = await bothEnds(
      [of(1, [1, 2]), of(2, [3, 4])],
      [of(3, [100_000, 200_000], [gateway, target]), of(4, [300_000, 400_000], [gateway, target])],
    );
    expect(pairs).toEqual([]);
  });
});

it('a thousand connections behind one address, each found', async () => {
  const all = Array.from({ length: 300 }, (_, index) => healthy(index * 0.01, 10_000 + index));
  const behind = all.map(({ server }, index): Strip => ({
    ...server,
    ports: [30_000 + ((index * 7) % 300), 80],
    addresses: [gateway, target],
  }));
  const { pairs, unpaired, serverOnly } = await bothEnds(
    all.map(({ client }) => client),
    behind,
    { offset: -0.35, drift: -60 },
  );
  expect([pairs.length, unpaired, serverOnly]).toEqual([300, [], []]);
  for (const { mapping } of pairs)
    expect(mapping.atServer[0]!.client.port).toBe(30_000 + (((mapping.atClient.client.port - 10_000) * 7) % 300));
});

/** Of a client of its own, at the other end. */
function there(strip: Strip): Strip {
  return { ...strip, addresses: [0x0a000009, 0x0a000001] };
}

describe('which side the clients are on', () => {
  const [many, others] = [0, 40].map((from) =>
    Array.from({ length: 20 }, (_, index) => healthy(index * 0.3, 30_000 + from + index)),
  ) as [ReturnType<typeof healthy>[], ReturnType<typeof healthy>[]];
  it('captures that are given the other way round say so, whatever their clocks', async () => {
    const taps = await bothEnds(many.map(({ server }) => server), many.map(({ client }) => client), { offset: 3600 });
    expect(taps).toMatchObject({ pairs: [], unpaired: [], serverOnly: [] });
    expect(taps.turned).toHaveLength(20);
    expect(conclusion(taps, 0)).toMatch(/the other way round/);
  });

  it('of hosts that are clients of each other those of the client\'s tap are told of', async () => {
    const taps = await bothEnds(
      [...many.map(({ client }) => client), ...others.map(({ server }) => there(server))],
      [...many.map(({ server }) => server), ...others.map(({ client }) => there(client))],
      { offset: -0.4, drift: 30 },
    );
    expect(taps.pairs).toHaveLength(20);
    expect(taps.pairs.flatMap(({ facts }) => facts)).toEqual([]);
    expect(taps.turned).toHaveLength(20);
    expect(taps.clocks.pieces).toHaveLength(1);
    const [{ offset, within }] = taps.clocks.pieces as [ClockPiece];
    expect(Math.abs(offset + 0.4 * SECOND)).toBeLessThan(within! + 50_000);
    expect(conclusion(taps, 0)).toContain('20 connections go the other way, for their clients are at the server');
  });

  it('a clock that is set during connections turns none of them', async () => {
    const set = many.map(({ server: { script, ...rest } }) => ({
      ...rest,
      script: script
        .split('\n')
        .map((line) => {
          const time = Number(line.split(' ')[0]);
          return time < 3 ? line : line.replace(/^\S+/, (time + 2).toFixed(6));
        })
        .join('\n'),
    }));
    const taps = await bothEnds(many.map(({ client }) => client), set);
    expect(taps.turned).toEqual([]);
    expect(taps.pairs).toHaveLength(20);
  });
});
