import { describe, expect, it } from 'vitest';
import { type Strip, bothEnds, factsOf, findingsOf, healthy } from './two-tapes.js';

/*
 * Roads that drop what is too large for them, with nobody who says so (RFC 2923 §2.1): the server's tap has segments
 * that never come to the client's.
 */

const wanted = '<mss 1460,sackOK,wscale 7>';
const [before, after] = [healthy(0, 50_001), healthy(20, 50_002)];

/** When a segment is sent, and again each time that it is not acknowledged (RFC 6298 §5.5). */
const AGAIN = [5.02, 5.32, 5.92, 7.12, 9.52, 14.32];

const opened = {
  client: `5.000 > S 0:0 ${wanted}\n5.004 < S. 0:0 ack 1 ${wanted}\n5.005 > . 1:1 ack 1\n5.010 > P. 1:31 ack 1`,
  server: `5.002 > S 0:0 ${wanted}\n5.002 < S. 0:0 ack 1 ${wanted}\n5.007 > . 1:1 ack 1\n5.012 > P. 1:31 ack 1`,
};

function lines(...all: readonly (readonly [number, string])[]): string {
  return all
    .toSorted(([one], [other]) => one - other)
    .map(([time, words]) => `\n${time.toFixed(4)} ${words}`)
    .join('');
}

async function told(client: string, server: string) {
  const taps = await bothEnds(
    [before.client, { script: client }, after.client],
    [before.server, { script: server }, after.server],
  );
  const pair = taps.pairs.find(({ facts }) => facts.length > 0);
  return { facts: factsOf(taps).flat(), findings: findingsOf(taps).flat(), pair };
}

const answer = AGAIN.map((time) => [time, '< P. 1:1461 ack 31'] as const);
/** What the client still says, and the bare acknowledgment of the server, which comes through. */
const goodBye = {
  client: lines([12, '> F. 31:31 ack 1'], [12.004, '< . 1461:1461 ack 32']),
  server: lines([12.002, '> F. 31:31 ack 1'], [12.0021, '< . 1461:1461 ack 32']),
};

describe('what is too large for the road', () => {
  it('never arrives, while what is smaller does', async () => {
    const { facts, findings, pair } = await told(
      opened.client + goodBye.client,
      opened.server + lines(...answer) + goodBye.server,
    );
    expect(facts).toEqual(['path-mtu likely server']);
    expect(pair!.verdict).toBe(
      "6 segments of 1460 bytes that the server sent from frame 13 on were lost on the way to the client's tap, and " +
        'none so large came there: something on the road drops what is too large for it. Smaller ones pass.',
    );
    expect(findings).toEqual(['confirmed path-mtu server']);
  });

  it('nothing smaller was sent any more: other connections show that the road is there', async () => {
    const { facts } = await told(opened.client, opened.server + lines(...answer));
    expect(facts).toEqual(['path-mtu likely server']);
  });

  it('no other connection passed later: the road may be cut as well', async () => {
    const taps = await bothEnds(
      [before.client, { script: opened.client }],
      [before.server, { script: opened.server + lines(...answer) }],
    );
    expect(factsOf(taps).flat()).toEqual(['road-cut likely server']);
    expect(taps.pairs[1]!.verdict).toContain('None that came was as large: a smaller MTU on the way would look so, too.');
  });

  it('as large ones of other connections come through: it is not their size', async () => {
    const other = { client: healthyLarge(0), server: healthyLarge(0.002) };
    const taps = await bothEnds(
      [before.client, { script: opened.client }, after.client, other.client],
      [before.server, { script: opened.server + lines(...answer) }, after.server, other.server],
    );
    expect(factsOf(taps).flat()).toEqual(['road-cut certain server']);
  });

  it('the message of the router arrived, and the server sends smaller ones: a road as it should be', async () => {
    const smaller = lines([5.3, '< . 1:1201 ack 31'], [5.3001, '< P. 1201:1461 ack 31']);
    const { facts } = await told(
      opened.client +
        lines([5.302, '< . 1:1201 ack 31'], [5.3021, '< P. 1201:1461 ack 31'], [5.303, '> . 31:31 ack 1461']),
      opened.server + lines([5.02, '< P. 1:1461 ack 31']) + smaller + lines([5.305, '> . 31:31 ack 1461']),
    );
    expect(facts).toEqual([]);
  });

  it('small ones are lost as well: the road is cut', async () => {
    const small = AGAIN.map((time) => [time, '< P. 1:201 ack 31'] as const);
    const { facts } = await told(opened.client, opened.server + lines(...small));
    expect(facts).toEqual(['road-cut certain server']);
  });
});

/** An answer in one full segment that comes through. */
function healthyLarge(shift: number): Strip {
  const script = lines(
    [15 + shift, `> S 0:0 ${wanted}`], [15.004 - shift, `< S. 0:0 ack 1 ${wanted}`], [15.005 + shift, '> . 1:1 ack 1'],
    [15.01 + shift, '> P. 1:31 ack 1'], [15.02 - shift, '< P. 1:1461 ack 31'], [15.021 + shift, '> F. 31:31 ack 1461'],
    [15.03 - shift, '< F. 1461:1461 ack 32'], [15.031 + shift, '> . 32:32 ack 1462'],
  );
  return { script, ports: [50_003, 80], initial: [77_000_000, 99_000_000] };
}
