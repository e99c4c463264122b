import { describe, expect, it } from 'vitest';
import { bothEnds, factsOf, healthy } from './two-tapes.js';

/*
 * A road that loses for a while, or loses always the same; the taps are 2 ms apart. Where segments look alike their
 * IP IDs tell which of them arrived.
 */

const wanted = '<mss 1460,sackOK,wscale 7>';
const [before, after] = [healthy(0, 50_001), healthy(20, 50_002)];

const opened = {
  client: `5.000 > S 0:0 ${wanted}\n5.004 < S. 0:0 ack 1 ${wanted}\n5.005 > . 1:1 ack 1\n`,
  server: `5.002 > S 0:0 ${wanted}\n5.002 < S. 0:0 ack 1 ${wanted}\n5.007 > . 1:1 ack 1\n`,
};
const asked = {
  client: `${opened.client}5.010 > P. 1:31 ack 1\n5.014 < P. 1:51 ack 31\n5.015 > . 31:31 ack 51\n`,
  server: `${opened.server}5.012 > P. 1:31 ack 1\n5.012 < P. 1:51 ack 31\n5.017 > . 31:31 ack 51\n`,
};

/** `times` lines of the same words. */
function repeated(times: readonly number[], words: string): string {
  return times.map((time) => `${time.toFixed(4)} ${words}\n`).join('');
}

async function told(client: string, server: string) {
  const taps = await bothEnds(
    [before.client, { script: client }, after.client],
    [before.server, { script: server }, after.server],
  );
  return { facts: factsOf(taps).flat(), verdict: taps.pairs.find(({ facts }) => facts.length > 0)?.verdict };
}

/** When a request is sent, and sent again (RFC 6298 §5.5). */
const AGAIN = [6, 6.2, 6.6, 7.4];

describe('a road that is cut for a while', () => {
  it('loses all that was sent meanwhile, and passes what is sent later', async () => {
    const { facts, verdict } = await told(
      `${asked.client}${repeated([...AGAIN, 9], '> P. 31:61 ack 51')}9.0040 < P. 51:101 ack 61\n9.0050 > . 61:61 ack 101`,
      `${asked.server}9.0020 > P. 31:61 ack 51 id 1008\n9.0021 < P. 51:101 ack 61\n9.0070 > . 61:61 ack 101 id 1009`,
    );
    expect(facts).toEqual(['road-interrupted certain client']);
    expect(verdict).toBe(
      "Nothing that the client sent from frame 15 to frame 18 reached the server's tap: 4 segments were lost on the " +
        'way. What it sent 3 s after the first of them came through.',
    );
  });

  it('lost twice in a row is loss', async () => {
    const { facts } = await told(
      `${asked.client}${repeated([6, 6.3, 7.1], '> P. 31:61 ack 51')}7.1040 < P. 51:101 ack 61\n7.1050 > . 61:61 ack 101`,
      `${asked.server}7.1020 > P. 31:61 ack 51 id 1006\n7.1021 < P. 51:101 ack 61\n7.1070 > . 61:61 ack 101 id 1007`,
    );
    expect(facts).toEqual([]);
  });

  it('a burst of a flight that is sent again at once is nothing that anybody waits for', async () => {
    const flight = ['31:1491', '1491:2951', '2951:4411', '4411:5871'];
    const sent = (from: number, id: number): string =>
      flight.map((range, index) => `${(from + index * 1e-4).toFixed(4)} > . ${range} ack 51 id ${id + index}\n`).join('');
    const { facts } = await told(
      `${asked.client}${sent(6, 1004)}${sent(6.25, 1008)}6.2600 < . 51:51 ack 5871`,
      `${asked.server}${sent(6.252, 1008)}6.2580 < . 51:51 ack 5871`,
    );
    expect(facts).toEqual([]);
  });
});

describe('the same that is lost each time', () => {
  it('while other segments come through: something on the road drops what it holds', async () => {
    const { facts, verdict } = await told(
      `${asked.client}${repeated(AGAIN, '> P. 31:331 ack 51')}9.0000 > F. 331:331 ack 51\n9.0040 < . 51:51 ack 31`,
      `${asked.server}9.0020 > F. 331:331 ack 51 id 1008\n9.0021 < . 51:51 ack 31`,
    );
    expect(facts).toEqual(['data-lost certain client']);
    expect(verdict).toBe(
      "The client sent the same 300 bytes 4 times within 1.4 s (from frame 15), and none of them reached the server's " +
        'tap, while 1 segment that it sent later did: something on the road drops what they hold, or what is as long.',
    );
  });

  it('and came at last: the road was cut for a while', async () => {
    const { facts } = await told(
      `${asked.client}${repeated([...AGAIN, 9], '> P. 31:331 ack 51')}9.0040 < . 51:51 ack 331`,
      `${asked.server}9.0020 > P. 31:331 ack 51 id 1008\n9.0021 < . 51:51 ack 331`,
    );
    expect(facts).toEqual(['road-interrupted certain client']);
  });
});
