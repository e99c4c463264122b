import type { Analysis } from '../../../src/analysis/model.js';
import type { TapPair, TwoTaps } from '../../../src/between/between.js';
import { Coverage } from '../../../src/between/coverage.js';

/**
 * Both ends of an analysis, which are the same: its first connection at both taps, with what else is to be said of it.
 */
export function twoTaps(of: Analysis, pair: Partial<TapPair> = {}): TwoTaps {
  const { client, server } = of.connection(0);
  const leg = { sent: 9, lost: 0, delay: { shortest: 1e6, median: 2e6, longest: 3e6 } };
  const host = { roundTrip: 1e4, repeated: 0 };
  const coverage = new Coverage();
  return {
    client: of,
    server: of,
    clocks: {
      pieces: [
        {
          from: of.capture.first ?? 0,
          to: of.capture.last ?? 0,
          offset: 2e8,
          within: 1e6,
          drift: 0,
          driftWithin: null,
        },
      ],
      segments: 9,
      roundTrip: 2e6,
    },
    serverEpoch: 0,
    holes: coverage.holes,
    coverage,
    pairs: [
      {
        flows: { client: [0], server: [0] },
        by: 'numbers',
        shifts: [0, 0],
        flipped: [],
        confidence: 'certain',
        mapping: {
          atClient: { client, server },
          atServer: [{ client, server }],
          source: false,
          destination: false,
          sequences: { client: false, server: false },
          segmentSize: [],
        },
        legs: { client: leg, server: leg },
        hosts: { client: host, server: host },
        resets: [],
        facts: [],
        findings: [],
        verdict: 'Both captures tell the same: closed.',
        verdictConfidence: 'certain',
        ...pair,
      },
    ],
    unpaired: [],
    turned: [], serverOnly: [],
  };
}
