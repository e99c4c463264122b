import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis, AnalysisOptions, Finding } from '../../src/analysis/model.js';
import { bytes, order, pcapWriter } from '../capture/build.js';
import { scratch } from '../capture/read.js';

const { u16, u32 } = order(false);
const files = scratch();
let captures = 0;

const [SYN, RST, ACK] = [2, 4, 16];
const CLIENT = '10.0.0.1';
const SERVER = '10.0.0.2';

/** One packet: what of a segment matters here. */
interface Packet {
  readonly at: number;
  readonly from?: string;
  readonly to?: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly flags?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly ts?: number;
  /** Sent by `from` to `to` as an ICMP error, type and code, that quotes this SYN. */
  readonly quotes?: Packet;
  readonly icmp?: readonly [number, number];
}

function address(text: string): Uint8Array {
  return bytes(...text.split('.').map(Number));
}

function ip({ from = CLIENT, to = SERVER }: Packet, protocol: number, payload: Uint8Array): Uint8Array {
  return bytes(
    0x45, 0, u16(20 + payload.length), u16(1), u16(0x4000), 64, protocol, u16(0), address(from), address(to), payload,
  );
}

function tcp({ sport = 40_000, dport = 80, flags = SYN, seq = 1000, ack = 0, ts }: Packet): Uint8Array {
  const options = ts === undefined ? new Uint8Array(0) : bytes(1, 1, 8, 10, u32(ts), u32(0));
  return bytes(
    u16(sport), u16(dport), u32(seq), u32(ack), u16(((20 + options.length) << 10) | flags), u16(500), u16(0), u16(0),
    options,
  );
}

function frame(packet: Packet): Uint8Array {
  const { quotes, icmp = [3, 3] } = packet;
  const inner = quotes
    ? ip(packet, 1, bytes(...icmp, u16(0), u32(0), ip(quotes, 6, tcp(quotes))))
    : ip(packet, 6, tcp(packet));
  return bytes(new Uint8Array(12), u16(0x0800), inner);
}

async function told(packets: readonly Packet[], options: AnalysisOptions = {}): Promise<Analysis> {
  const { header, record } = pcapWriter();
  const records = packets.toSorted((a, b) => a.at - b.at).map((packet) => {
    const microseconds = Math.round(packet.at * 1e6);
    return record({
      seconds: 1_795_169_041 + Math.floor(microseconds / 1e6), fraction: microseconds % 1e6, data: frame(packet),
    });
  });
  captures += 1;
  return analyze([files.write(`unanswered-${captures}.pcap`, bytes(header, ...records))], options);
}

const words = ({ findings }: Analysis): string[] =>
  findings
    .filter(({ id }) => id === 'unanswered')
    .map(
      ({ cause, severity, confidence, service }) =>
        `${cause} ${severity} ${confidence} ${service.address}:${service.port}`,
    );
const first = ({ findings }: Analysis): Finding => findings.find(({ id }) => id === 'unanswered')!;

/** A SYN that is sent again after 1, 3 and 7 s. */
const patient = (packet: Packet): Packet[] =>
  [0, 1, 3, 7].map((later) => ({
    ...packet, at: packet.at + later, ...(packet.ts === undefined ? {} : { ts: packet.ts + later * 1000 }),
  }));

/** A handshake, and that is all: both are there. */
function served(packet: Packet): Packet[] {
  const { at, from = CLIENT, to = SERVER, sport = 40_000, dport = 80, seq = 1000, ts } = packet;
  const back = { from: to, to: from, sport: dport, dport: sport };
  const stamp = ts === undefined ? {} : { ts };
  return [
    { ...packet, ...stamp }, { at: at + 0.01, ...back, flags: SYN | ACK, seq: 5000, ack: seq + 1, ...stamp },
    { at: at + 0.02, from, to, sport, dport, flags: ACK, seq: seq + 1, ack: 5001, ...stamp },
  ];
}

/** Something later, of others, so that the capture goes on. */
const later = (at: number): Packet[] => served({ at, from: '10.0.0.8', to: '10.0.0.9', dport: 443 });

describe('unanswered', () => {
  it('silent: nothing else was heard of the host', async () => {
    const analysis = await told([...patient({ at: 0 }), ...later(60)]);
    expect(words(analysis)).toEqual(['silent warning possible 10.0.0.2:80']);
    expect(first(analysis).message).toBe(
      '4 SYNs in 7 s (frames 1 to 4) of 10.0.0.1 to 10.0.0.2:80 were never answered, and nothing else was heard of ' +
        'its host.',
    );
    expect(first(analysis)).toMatchObject({
      role: 'server', frames: [1, 2, 3, 4], alternatives: ['filtered'], evidence: { syns: 4, seconds: 7, attempts: 1 },
    });
  });

  it('filtered: the host answers at another port', async () => {
    const analysis = await told([
      ...patient({ at: 0, dport: 8080 }), ...served({ at: 2, sport: 40_001, dport: 22 }), ...later(60),
    ]);
    expect(words(analysis)).toEqual(['filtered warning likely 10.0.0.2:8080']);
    expect(first(analysis).message).toContain('though its host answers at port 22: a firewall drops them');
  });

  it('a port that answers others is hardly filtered', async () => {
    const analysis = await told([...patient({ at: 0 }), ...served({ at: 2, sport: 40_001 }), ...later(60)]);
    expect(words(analysis)).toEqual(['filtered warning possible 10.0.0.2:80']);
    expect(first(analysis).message).toContain('though it answers others: a full listen queue');
  });

  it('rejected: an ICMP error says so, and who sent it; at once, though the SYN is a lone one', async () => {
    const syn: Packet = { at: 0, dport: 8081 };
    const analysis = await told([syn, { at: 0.001, from: '10.0.0.254', to: CLIENT, quotes: syn, icmp: [3, 13] }]);
    expect(words(analysis)).toEqual(['rejected warning likely 10.0.0.2:8081']);
    expect(first(analysis).message).toContain(
      'but rejected: 10.0.0.254, a router or firewall on the way, says that it is administratively prohibited ' +
        '(ICMP 3/13) in frame 2',
    );
    expect(first(analysis)).toMatchObject({
      frames: [1, 2], evidence: { by: '10.0.0.254', code: 'ICMP 3/13', kind: 'prohibited', errors: 1 },
    });
  });

  it('rejected by the host itself', async () => {
    const syn: Packet = { at: 0 };
    expect(
      first(await told([syn, { at: 0.001, from: SERVER, to: CLIENT, quotes: syn, icmp: [3, 3] }])).message,
    ).toContain('the host itself, 10.0.0.2, says that the port is unreachable (ICMP 3/3)');
  });

  it('not rejected by an error about another SYN, nor by one that only says that a packet was too large', async () => {
    const syn: Packet = { at: 0 };
    const analysis = await told([
      ...patient(syn), { at: 0.1, from: '10.0.0.254', to: CLIENT, quotes: { ...syn, seq: 7777 } },
      { at: 0.2, from: '10.0.0.254', to: CLIENT, quotes: syn, icmp: [3, 4] }, ...later(60),
    ]);
    expect(words(analysis)).toEqual(['silent warning possible 10.0.0.2:80']);
  });

  it('paws: all SYNs with timestamps below what the address had used are dropped, all others answered', async () => {
    const analysis = await told([
      ...served({ at: 0, ts: 900_000 }), ...patient({ at: 5, sport: 50_000, ts: 400_000 }),
      ...patient({ at: 6, sport: 50_001, ts: 401_000 }), ...served({ at: 9, sport: 40_001, ts: 909_000 }), ...later(60),
    ]);
    expect(words(analysis)).toEqual(['paws warning likely 10.0.0.2:80', 'paws warning likely 10.0.0.2:80']);
    expect(first(analysis).message).toContain('their timestamp, 400000, lies below 900000');
    expect(first(analysis).advice.join(' ')).toContain('tcp_tw_recycle');
  });

  it('no paws where an older timestamp was answered, too, or a newer one was not', async () => {
    const others = [...served({ at: 0, ts: 900_000 }), ...served({ at: 9, sport: 40_001, ts: 909_000 }), ...later(60)];
    expect(
      words(
        await told([
          ...patient({ at: 5, sport: 50_000, ts: 400_000 }), ...served({ at: 4, sport: 40_002, ts: 300_000 }),
          ...others,
        ]),
      ),
    ).toEqual(['filtered warning possible 10.0.0.2:80']);
    expect(words(await told([...patient({ at: 5, sport: 50_000, ts: 905_000 }), ...others]))).toEqual([
      'filtered warning possible 10.0.0.2:80',
    ]);
  });

  it('other-address: the SYN-ACK that acknowledges it comes from another host', async () => {
    const analysis = await told([
      { at: 0 }, { at: 0.001, to: '10.9.9.9' },
      { at: 0.002, from: '10.9.9.9', to: CLIENT, sport: 80, dport: 40_000, flags: SYN | ACK, seq: 5000, ack: 1001 },
      { at: 0.003, to: '10.9.9.9', flags: RST, seq: 1001 }, { at: 1 }, ...later(60),
    ]);
    expect(words(analysis)).toEqual(['other-address warning likely 10.0.0.2:80']);
    expect(first(analysis)).toMatchObject({ evidence: { answeredBy: '10.9.9.9:80' }, frames: [1, 3, 4, 5] });
  });

  it('other-address, where of the other host only the answer was captured', async () => {
    const analysis = await told([
      ...patient({ at: 0 }),
      { at: 0.002, from: '10.9.9.9', to: CLIENT, sport: 80, dport: 40_000, flags: SYN | ACK, seq: 5000, ack: 1001 },
      ...later(60),
    ]);
    expect(words(analysis)).toEqual(['other-address warning likely 10.0.0.2:80']);
  });

  it('nothing of a lone SYN that is younger than three seconds when the capture ends: it is open', async () => {
    const analysis = await told([...later(0), { at: 5 }, ...later(7.5)]);
    expect([words(analysis), Object.fromEntries(analysis.endings)]).toEqual([[], { open: 2 }]);
  });

  it('a lone SYN that is not sent again is information: its client did not wait', async () => {
    expect(words(await told([{ at: 0 }, ...later(60)]))).toEqual(['silent info possible 10.0.0.2:80']);
    const again = [0, 10, 20].map((at) => ({ at, sport: 40_000 + at }));
    expect(words(await told([...again, ...later(60)]))).toEqual([
      'silent warning possible 10.0.0.2:80', 'silent warning possible 10.0.0.2:80',
      'silent warning possible 10.0.0.2:80',
    ]);
  });

  it('nothing of connections that are answered', async () => {
    expect(words(await told([...served({ at: 0 }), ...later(60)]))).toEqual([]);
  });

  it('more than 64 attempts of one client are told once', async () => {
    const analysis = await told([
      ...Array.from({ length: 100 }, (_, number) =>
        [0, 1, 3].map((at) => ({ at: at + number, sport: 40_000 + number })),
      ).flat(),
      ...later(300),
    ]);
    expect(words(analysis)).toEqual(['silent warning possible 10.0.0.2:80']);
    expect(first(analysis).message).toBe(
      '100 attempts of 10.0.0.1 to connect to 10.0.0.2:80, 300 SYNs in 102 s, were never answered, and nothing ' +
        'else was heard of its host.',
    );
  });

  it('a scan is one line of information', async () => {
    const analysis = await told([
      ...Array.from({ length: 500 }, (_, port) => ({ at: port / 1000, dport: port + 1 })), ...later(60),
    ]);
    expect(words(analysis)).toEqual(['silent info possible 10.0.0.2:1']);
    expect(first(analysis).message).toBe(
      '10.0.0.1 asked 500 ports of 10.0.0.2 within 0.499 s (500 SYNs) and got no answer: a scan.',
    );
  });

  it('a flood of invented addresses is one line of information', async () => {
    const flood = Array.from({ length: 1000 }, (_, number) => ({
      at: number / 1000, from: `172.16.${number >> 8}.${number & 255}`,
    }));
    const analysis = await told([...flood, ...later(60)]);
    expect(words(analysis)).toEqual(['silent info possible 10.0.0.2:80']);
    expect(first(analysis).evidence).toMatchObject({ attempts: 1000, syns: 1000 });
  });

  it('with findingsOnly the same is told', async () => {
    const packets = [...patient({ at: 0, dport: 8080 }), ...served({ at: 2, sport: 40_001, dport: 22 }), ...later(60)];
    const [all, some] = [await told(packets), await told(packets, { findingsOnly: true })];
    expect(some.findings).toEqual(all.findings);
    expect([...some.connections()].map(({ ending }) => ending)).toEqual(['unanswered']);
  });
});
