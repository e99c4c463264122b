import { expect, test } from 'vitest';
import { type Strip, bothEnds, factsOf, findingsOf, healthy } from './two-tapes.js';

/*
 * Published cases in which people had to capture at both ends, retold with both sides. 10.0.0.1 is the client's host,
 * 10.0.0.2 the server's.
 */

/**
 * A minute of probes, as a Windows client sends them (half a minute idle, then each second), and the server's answers.
 */
function probed(
  from: number,
  answersArrive: (index: number) => boolean,
): { readonly client: Strip; readonly server: Strip } {
  const client: string[] = [];
  const server: string[] = [];
  const ask = (time: number, index: number): void => {
    client.push(`${time.toFixed(6)} > . 99:100 ack 201`);
    server.push(`${(time + 0.02).toFixed(6)} > . 99:100 ack 201`, `${(time + 0.0201).toFixed(6)} < . 201:201 ack 100`);
    if (answersArrive(index)) client.push(`${(time + 0.0401).toFixed(6)} < . 201:201 ack 100`);
  };
  // The server's own probe, answered: both roads are well.
  server.push('0.000000 < . 200:201 ack 100');
  client.push('0.020000 < . 200:201 ack 100', '0.020100 > . 100:100 ack 201');
  server.push('0.040100 > . 100:100 ack 201');
  for (let index = 0; index < 11; index++) ask(index === 0 ? from : from + 29.9 + index, index);
  client.push(`${(from + 40.9).toFixed(6)} > R. 100:100 ack 201 win 0 id 7000`);
  server.push(`${(from + 40.92).toFixed(6)} > R. 100:100 ack 201 win 0 id 7000`);
  const ports = [57_644, 1433] as const;
  return { client: { script: client.join('\n'), ports }, server: { script: server.join('\n'), ports } };
}

test('windows-keepalive-oneway: probes are answered, and no answer comes back', async () => {
  const [database, before, after] = [probed(0.236, (index) => index === 0), healthy(5, 50_001), healthy(60, 50_002)];
  const taps = await bothEnds(
    [database.client, before.client, after.client],
    [database.server, before.server, after.server],
    { offset: 0.2, drift: 40 },
  );
  expect(factsOf(taps)).toEqual([['road-cut certain server'], [], []]);
  const [pair] = taps.pairs;
  expect(pair!.verdict).toBe(
    "Nothing that the server sent from frame 14 on reached the client's tap: 10 segments in 9 s were lost on the " +
      'way, ' +
      'while 10 segments of the client arrived: the road is cut in one direction; other connections pass.',
  );
  // The server's capture alone sees probes come again though it answered; the client's knows that it waited in vain.
  expect(pair!.resets).toMatchObject([
    { sender: 'client', confidence: 'certain', cause: 'keepalive-timeout', causeConfidence: 'certain' },
  ]);
  // What each of them saw of it is so: probes in vain at the client, answers that do not arrive at the server.
  expect(findingsOf(taps)[0]).toEqual([
    'explained half-open keepalive-timeout client',
    'confirmed one-way keepalive-timeout server',
  ]);
});

test('nlb-client-ip-preservation: two connections of the client are one at the target', async () => {
  // The client uses one port for both addresses of the load balancer, which keeps the client's address and port.
  const [first, second] = [0x0a0000_65, 0x0a0000_66];
  const host = 0x0a000001;
  const ports = [60_000, 10_000] as const;
  const wanted = '<mss 8961,sackOK,wscale 7>';
  const one: Strip = {
    ports,
    addresses: [host, first],
    initial: [1_000_000, 2_000_000],
    script: `
      0.000 > S  0:0  ${wanted}
      0.004 < S. 0:0  ack 1 ${wanted}
      0.005 > .  1:1  ack 1`,
  };
  // The challenge ACK has the numbers of the first connection.
  const [clientIsn, serverIsn] = [700_000_000, 900_000_000];
  const other: Strip = {
    ports,
    addresses: [host, second],
    initial: [clientIsn, serverIsn],
    script: `
      5.000 > S  0:0  ${wanted}
      5.004 < .  ${2_000_001 - serverIsn}:${2_000_001 - serverIsn} ack ${1_000_001 - clientIsn}
      5.005 > R  ${1_000_001 - clientIsn}:${1_000_001 - clientIsn}
      6.010 > S  0:0  ${wanted}
      6.014 < S. 0:0  ack 1 ${wanted}
      6.015 > .  1:1  ack 1
      6.100 > P. 1:6  ack 1
      6.104 < .  1:1  ack 6`,
  };
  const target: Strip = {
    ports,
    addresses: [host, 0x0a000002],
    initial: [1_000_000, 2_000_000],
    script: `
      0.002 > S  0:0  ${wanted}
      0.002 < S. 0:0  ack 1 ${wanted}
      0.007 > .  1:1  ack 1
      5.002 > S  ${clientIsn - 1_000_000}:${clientIsn - 1_000_000} ${wanted}
      5.002 < .  1:1 ack 1
      5.007 > R  1:1
      6.012 > S  ${clientIsn - 1_000_000}:${clientIsn - 1_000_000} ${wanted}
      6.012 < S. ${serverIsn - 2_000_000}:${serverIsn - 2_000_000} ack ${clientIsn - 999_999} ${wanted}
      6.017 > .  ${clientIsn - 999_999}:${clientIsn - 999_999} ack ${serverIsn - 1_999_999}
      6.102 > P. ${clientIsn - 999_999}:${clientIsn - 999_994} ack ${serverIsn - 1_999_999}
      6.102 < .  ${serverIsn - 1_999_999}:${serverIsn - 1_999_999} ack ${clientIsn - 999_994}`,
  };
  const [before, after] = [healthy(1, 50_001), healthy(8, 50_002)];
  const taps = await bothEnds([one, other, before.client, after.client], [target, before.server, after.server], {
    offset: 0.2,
  });
  expect(factsOf(taps)).toEqual([['tuple-shared certain client'], [], ['tuple-shared certain client'], []]);
  expect(taps.pairs[2]!.verdict).toBe(
    "Two connections of the client's tap, 10.0.0.1:60000 > 10.0.0.101:10000 (stream 0) and 10.0.0.1:60000 > " +
      '10.0.0.102:10000 (stream 2), ' +
      "are one at the server's: 10.0.0.1:60000 > 10.0.0.2:10000. A box on the way maps both on the same addresses " +
      "and ports, and the segments of one meet the other's socket; " +
      'the second connect waited 1.014 s.',
  );
  expect(taps.pairs[2]!.mapping).toMatchObject({ source: false, destination: true });
  // Nobody lost or invented a segment.
  expect(taps.pairs.map(({ legs }) => legs.client.lost + legs.server.lost)).toEqual([0, 0, 0, 0]);
});
