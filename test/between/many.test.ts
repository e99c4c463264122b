import { expect, test } from 'vitest';
import { type Strip, bothEnds, healthy } from './two-tapes.js';

/* What many connections at once must not change. */

/** A connection that both captures see from its middle on, through a NAT that changes the client's address and port. */
function middle(index: number): { readonly client: Strip; readonly server: Strip } {
  const at = index * 0.001;
  const script = (shift: number): string =>
    [
      [shift, '> P. 1:31 ack 1'],
      [0.004 - shift, '< P. 1:51 ack 31'],
      [0.005 + shift, '> . 31:31 ack 51'],
    ]
      .map(([time, segment]) => `${(at + Number(time)).toFixed(6)} ${segment}`)
      .join('\n');
  const initial = [Math.imul(index, 0x9e3779b1) | 0, Math.imul(index, 0x85ebca77) | 0] as const;
  return {
    client: { script: script(0), initial, ports: [10_000 + index, 80], addresses: [0x0a000001, 0xc0000201] },
    server: { script: script(0.001), initial, ports: [60_000 - index, 80], addresses: [0xcb007109, 0xc0000201] },
  };
}

test('thousands of connections that began before both captures are each found at the other tap', async () => {
  const all = Array.from({ length: 4000 }, (_, index) => middle(index));
  const taps = await bothEnds(all.map(({ client }) => client), all.map(({ server }) => server));
  expect(taps.pairs).toHaveLength(4000);
  expect(taps.pairs.every(({ flows, by }) => by === 'segments' && flows.client[0] === flows.server[0])).toBe(true);
  expect(taps.unpaired).toEqual([]);
});

/** SYNs of one port to many, as a scanner sends them: all with one initial sequence number. */
function probes(wanted: (port: number) => boolean): Strip[] {
  return Array.from({ length: 20_000 }, (_, index) => index + 1)
    .filter(wanted)
    .map((port): Strip => ({ script: `${(port * 1e-4).toFixed(6)} > S 0:0`, ports: [54_321, port] }));
}

test('a scan, whose probes all have one initial sequence number, is paired probe by probe', async () => {
  const taps = await bothEnds(probes(() => true), probes((port) => port % 100 !== 0));
  expect(taps.pairs).toHaveLength(19_800);
  expect(
    taps.pairs.every(({ mapping: { atClient, atServer } }) => atClient.server.port === atServer[0]!.server.port),
  ).toBe(true);
  expect(taps.unpaired.map(({ what }) => what)).toEqual(Array.from({ length: 200 }, () => 'never-arrived'));
});

test('nothing is certain of a connection that may be one of several at the other tap', async () => {
  // Two connections that both captures see from their middle, with the same numbers; a NAT changes both addresses.
  const [one, other] = [middle(0), middle(0)];
  const [port, known] = [[9000, 80] as const, healthy(1, 50_000)];
  const taps = await bothEnds(
    [one.client, { ...other.client, ports: port }, known.client],
    [one.server, { ...other.server, ports: port }, known.server],
  );
  expect(taps.pairs).toHaveLength(1);
  expect(taps.unpaired.map(({ what, confidence }) => `${what} ${confidence}`)).toEqual([
    'answered-elsewhere possible', 'answered-elsewhere possible',
  ]);
});
