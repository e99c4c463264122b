import { describe, expect, it } from 'vitest';

import { TellingSegment } from '../../../src/flow/history/telling-segment.js';
import { MPTCP_REASON } from '../../../src/flow/history/reset-payload.js';
import { resetDiagnostics } from '../../../src/tcp/reset/diagnostics.js';

describe('what a RST says of its reason', () => {
  it.each([
    ['', 0, []],
    [
      'BIG-IP: [0x2409b71:4270] No local listener', 0,
      ['it carries a text: BIG-IP: [0x2409b71:4270] No local listener'],
    ],
    ['0x33aa000300000000', 0, ['it carries a diagnosis: new data after CLOSE']],
    ['0x33aa000300007a69', 0, ['it carries a diagnosis: reason 3 of enterprise 31337']],
    ['0x33aa', 0, ['it carries a text: 0x33aa']],
    [`${MPTCP_REASON}6`, 0, ['it names its reason: middlebox interference (MP_TCPRST, 6)']],
    ['MPTCP 6', 0, ['it carries a text: MPTCP 6']],
    [`${MPTCP_REASON}200`, 0, ['it names its reason: unknown (MP_TCPRST, 200)']],
    ['', 9304, ['its window, 9304, would say "gave up on a zero window" if a NetScaler sent it']],
  ])('%j with window %d', (note, window, words) => {
    expect(resetDiagnostics(Object.assign(new TellingSegment(), { note, window }))).toEqual(words);
  });
});
