import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis } from '../../src/analysis/model.js';
import { formatTime } from '../../src/base/time.js';
import { bytes, packet, pcapngWriter, pcapWriter } from '../capture/build.js';
import { type Packet, readAll, scratch, told } from '../capture/read.js';
import { evenly, splitPcapng } from '../capture/splitter.js';
import { FrameMaker } from '../tape/frames.js';
import { parseTape } from '../tape/line.js';
import { fields, has, wireshark } from './wireshark.js';
import { all, having, write } from './write.js';

const files = scratch();
const SHOWCASE = 'captures/showcase.pcapng';

/** What of a packet an extract must keep. */
const kept = ({ time, captured, original, linkType, data }: Packet): unknown => ({
  time, captured, original, linkType, data,
});

/** Findings without what an extract numbers anew. */
function findings(analysis: Analysis): unknown[] {
  return analysis.findings.map(
    ({ id, cause, severity, confidence, endpoint, role, start, end, duration, service, frames }) => ({
      id, cause, severity, confidence, endpoint, role, service, duration, frames: frames.length,
      start: formatTime(analysis.clock, start), end: end === null ? null : formatTime(analysis.clock, end),
    }),
  );
}

test('all connections: every TCP packet as it was, in its order', async () => {
  const analysis = await analyze([SHOWCASE]);
  const path = await write(files.path('all.pcapng'), analysis, all);
  const [whole, extract] = [await readAll(SHOWCASE), await readAll(path)];
  expect(told(extract)).toEqual([]);
  expect(extract.packets.map(kept)).toEqual(whole.packets.filter(({ data }) => isTcp(data)).map(kept));
  // Until when was captured is said anew: the whole ends with its last packet, which an extract may have left out.
  const { last, tcpPackets } = analysis.capture;
  expect(extract.capture.interfaces).toEqual(
    whole.capture.interfaces.map((each) => ({ ...each, end: last, statistics: { delivered: tcpPackets } })),
  );
});

test.each([
  ['half-closed', 'leak'], ['half-closed', 'slow'], ['rst-after-push', 'crossing'], ['linger-reset', 'abort'],
  ['time-wait-reuse', 'collision'], ['time-wait-reuse', 'accepted'], ['half-open', 'retransmission-timeout'],
])('what is told of the connections with %s (%s) is told of their extract', async (finding, cause) => {
  const analysis = await analyze([SHOWCASE]);
  const choose = having(analysis, finding, cause);
  const extract = await analyze([await write(files.path('some.pcapng'), analysis, choose)]);
  const chosen = {
    ...analysis, findings: analysis.findings.filter(({ id, cause: of }) => id === finding && of === cause),
  };
  expect(chosen.findings.length).toBeGreaterThan(0);
  expect(
    findings({ ...extract, findings: extract.findings.filter(({ id, cause: of }) => id === finding && of === cause) }),
  ).toEqual(findings(chosen));
});

test('a collision brings the connection that held TIME-WAIT, and its answer', async () => {
  const analysis = await analyze(['captures/time-wait-collision.pcapng']);
  const [found] = analysis.findings.filter(({ cause }) => cause === 'collision');
  const extract = await analyze([
    await write(files.path('collision.pcapng'), analysis, ({ id }) => id === found!.flow),
  ]);
  expect(extract.connectionCount).toBe(2);
  const [earlier, later] = [analysis.connection(found!.flow).previous, found!.flow];
  expect(findings(extract)).toEqual(
    findings({ ...analysis, findings: analysis.findings.filter(({ flow }) => flow === earlier || flow === later) }),
  );
  expect(extract.findings.filter(({ cause }) => cause === 'collision')).toHaveLength(1);
});

test('ICMP errors about its segments belong to a connection: why nobody answers is told of the extract, too', async () => {
  const analysis = await analyze(['captures/host-unreachable.pcapng']);
  const path = await write(files.path('unreachable.pcapng'), analysis, having(analysis, 'unanswered', 'rejected'));
  const extract = await analyze([path]);
  expect(extract.findings.map(({ id, cause }) => [id, cause])).toEqual([
    ['unanswered', 'rejected'], ['unanswered', 'rejected'],
  ]);
  expect(findings(extract)).toEqual(findings(analysis));
  const [whole, cut] = [await readAll('captures/host-unreachable.pcapng'), await readAll(path)];
  expect(cut.packets.filter(isIcmp).map(kept)).toEqual(whole.packets.filter(isIcmp).map(kept));
});

test('a connection that goes on through rotated files is one, and their interface too', async () => {
  const pieces = splitPcapng(readFileSync(SHOWCASE), evenly((await analyze([SHOWCASE])).capture.packets, 7));
  const paths = pieces.map((piece, index) => files.write(`piece-${7 - index}.pcapng`, piece));
  const [whole, parts] = [await analyze([SHOWCASE]), await analyze(paths)];
  const choose = having(whole, 'half-closed', 'leak');
  const [from, fromParts] = [
    await write(files.path('whole.pcapng'), whole, choose), await write(files.path('parts.pcapng'), parts, choose),
  ];
  expect(readFileSync(fromParts).equals(readFileSync(from))).toBe(true);
});

describe('interfaces and times', () => {
  const w = pcapngWriter();
  const maker = new FrameMaker({ ip6: false, initial: [1, 2], ports: [40_000, 80] });
  const [syn, answer, ack] = parseTape(`
    0.000 > S  0:0
    0.010 < S. 0:0 ack 1
    0.020 > .  1:1 ack 1
  `).map(({ segment }) => maker.frame(segment!)) as [Uint8Array, Uint8Array, Uint8Array];
  const resolution = (value: number) => w.option(9, bytes(value));

  test('stay apart, each with its name, snap length and resolution, and keep their digits', async () => {
    const eth0 = w.interface({
      snapLength: 96, options: bytes(w.option(2, new TextEncoder().encode('eth0')), resolution(9)),
    });
    const unused = w.interface({ linkType: 101 });
    const binary = w.interface({ options: resolution(0x80 | 20) });
    const path = files.write('interfaces.pcapng', bytes(
      w.section(), eth0, unused, binary,
      w.enhanced({ ticks: 1_795_169_041_123_456_789n, data: syn }),
      w.enhanced({ id: 2, ticks: (1_795_169_042n << 20n) + 333_333n, data: answer }),
      w.enhanced({ ticks: 1_795_169_042_999_999_999n, data: ack, original: 1500 }),
    ));
    const extract = await readAll(await write(files.path('extract.pcapng'), await analyze([path]), all));
    expect(extract.packets.map(kept)).toEqual((await readAll(path)).packets.map(kept));
    expect(extract.packets.map(({ time }) => time)).toEqual([
      '1795169041.123456789', '1795169042.317891120', '1795169042.999999999',
    ]);
    // Times since 1795169041; each interface has captured until its own last packet, and the unused one is not needed.
    expect(extract.capture.interfaces).toEqual([
      {
        file: 0, linkType: 1, snapLength: 96, resolution: 9, name: 'eth0', end: 1_999_999_999,
        statistics: { delivered: 2 },
      },
      {
        file: 0, linkType: 1, snapLength: 0, resolution: 0x94, name: '', end: 1_317_891_120,
        statistics: { delivered: 1 },
      },
    ]);
  });

  test('of a classic nanosecond capture are nanoseconds', async () => {
    const { header, record } = pcapWriter({ magic: 0xa1b23c4d });
    const path = files.write(
      'nano.pcap', bytes(header, record({ fraction: 7, data: syn }), record({ fraction: 999_999_999, data: answer })),
    );
    const { packets, capture } = await readAll(await write(files.path('nano.pcapng'), await analyze([path]), all));
    expect(packets.map(({ time }) => time)).toEqual(['1795169041.000000007', '1795169041.999999999']);
    expect(capture.interfaces[0]).toMatchObject({ resolution: 9, snapLength: 262_144 });
  });

  test('a packet without a time stands where it stood', async () => {
    const path = files.write(
      'simple.pcapng',
      bytes(w.section(), w.interface(), w.enhanced({ ticks: 5_000_000n, data: syn }), w.simple(answer.length, answer)),
    );
    const { packets } = await readAll(await write(files.path('simple-extract.pcapng'), await analyze([path]), all));
    expect(packets.map(({ time }) => time)).toEqual(['5.000000', '5.000000']);
  });

  test('until when was captured is kept: silence is evidence', async () => {
    const path = files.write(
      'silent.pcapng',
      bytes(
        w.section(), w.interface(),
        ...[syn, answer, ack].map((data, index) =>
          w.enhanced({ ticks: BigInt(index) * 1_000_000n + 1_000_000n, data }),
        ),
        w.enhanced({ ticks: 90_000_000n, data: packet(60) }),
      ),
    );
    const { capture } = await readAll(await write(files.path('silent-extract.pcapng'), await analyze([path]), all));
    expect(capture.end).toBe(89e9);
  });
});

test('a connection is silent in an extract for as long as in the whole: another interface that captured on is no ' +
  'witness', async () => {
  const w = pcapngWriter();
  const closed = frames([40_000, 80], `
    0.000 > S  0:0
    0.010 < S. 0:0 ack 1
    0.020 > .  1:1 ack 1
    1.000 > F. 1:1 ack 1
    1.010 < .  1:1 ack 2
  `);
  const goesOn = frames([40_001, 80], `
    0.500 > S  0:0
    0.510 < S. 0:0 ack 1
    0.520 > .  1:1 ack 1
    90.00 > P. 1:9 ack 1
    90.01 < .  1:1 ack 9
  `);
  const at =
    (id: number) =>
    ({ time, data }: { time: number; data: Uint8Array }) => ({
      time, block: w.enhanced({ id, ticks: BigInt(Math.round(time * 1e6)) + 1_000_000n, data }),
    });
  const blocks = [...closed.map(at(0)), ...goesOn.map(at(1))]
    .toSorted((a, b) => a.time - b.time)
    .map(({ block }) => block);
  const path = files.write(
    'two-taps.pcapng', bytes(w.section(), w.interface(), w.interface({ linkType: 1, snapLength: 96 }), ...blocks),
  );
  const whole = await analyze([path]);
  const extract = await analyze([await write(files.path('two-taps-extract.pcapng'), whole, all)]);
  expect(whole.findings.filter(({ id }) => id === 'half-closed')).toEqual([]);
  expect(findings(extract)).toEqual(findings(whole));
});

test('nothing is written where nothing fits', async () => {
  expect(readFileSync(await write(files.path('nothing.pcapng'), await analyze([SHOWCASE]), () => false)).length).toBe(
    0,
  );
});

test('an abort ends it with its reason', async () => {
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  await expect(
    write(files.path('aborted.pcapng'), await analyze([SHOWCASE]), all, { signal: controller.signal }),
  ).rejects.toThrow('enough');
});

describe.skipIf(!has('tshark') || !has('capinfos'))('Wireshark', () => {
  test('sees the packets, times and interfaces of the stream in the original', async () => {
    const analysis = await analyze([SHOWCASE]);
    const found = analysis.findings.find(({ cause }) => cause === 'leak')!;
    const path = await write(files.path('stream.pcapng'), analysis, ({ stream }) => stream === found.stream);
    const columns = [
      'frame.time_epoch', 'frame.len', 'frame.cap_len', 'tcp.flags', 'tcp.seq_raw', 'frame.interface_name',
    ];
    expect(fields(path, columns)).toEqual(fields(SHOWCASE, columns, `tcp.stream eq ${found.stream}`));
    expect(wireshark('capinfos', '-c', '-M', path)).toMatch(
      new RegExp(`Number of packets: +${fields(path, ['frame.number']).length}\n`),
    );
  });

  test('shows findings and states as comments of their packets', async () => {
    const analysis = await analyze(['captures/forgotten-close.pcapng']);
    const [found] = analysis.findings;
    const path = await write(files.path('comments.pcapng'), analysis, ({ id }) => id === found!.flow);
    const comments = fields(path, ['frame.comment']).map(([comment]) => comment!);
    const connection = analysis.connection(found!.flow);
    expect(comments[0]).toBe(`frame ${connection.firstFrame}: client SYN-SENT`);
    expect(comments.filter((comment) => comment.includes(found!.message)).length).toBe(found!.frames.length);
    for (const frame of found!.frames)
      expect(
        comments.some(
          (comment) => comment.startsWith(`frame ${frame}: `) && comment.includes('error: half-closed (leak): '),
        ),
      ).toBe(true);
    for (const { state, frame } of connection.states.client.filter((entry) => entry.frame !== null)) {
      expect(comments.find((comment) => comment.startsWith(`frame ${frame}: `))).toContain(`client ${state}`);
    }
  });

  test('finds nothing wrong with any extract', async () => {
    for (const name of ['time-wait-collision', 'syn-fin-probe', 'busy-healthy-server']) {
      const analysis = await analyze([`captures/${name}.pcapng`]);
      const path = await write(files.path(`${name}.pcapng`), analysis, all, { anonymize: true });
      expect(fields(path, ['frame.number']).length).toBe(analysis.capture.tcpPackets);
    }
  });
});

/** The frames of a tape. */
function frames(ports: [number, number], script: string): { time: number; data: Uint8Array }[] {
  const maker = new FrameMaker({ ip6: false, initial: [1, 2], ports });
  return parseTape(script).map(({ time, segment }) => ({ time, data: maker.frame(segment!) }));
}

function isIcmp({ data }: Packet): boolean {
  return /^.{24}0800.{18}01/.test(data);
}

function isTcp(data: string): boolean {
  return /^.{24}0800.{18}06/.test(data) || /^.{24}86dd.{12}06/.test(data);
}
