import { expect, it } from 'vitest';

import { drawFlow } from '../../../src/tui/flow-detail/flow-detail.js';
import { newFlow } from '../../../src/tui/flow-detail/state.js';
import { layOutScreen } from '../../../src/tui/layout.js';
import { unpainted } from '../../../src/tui/theme.js';
import { connection } from '../fixture.js';

it('why a flow cannot be read again is told in full at 80x24', () => {
  const ladder =
    '/var/captures/2026-11-20/web1/trace.pcapng: was changed since it was read: its size was 861 kB, and is 12 kB';
  const lines = drawFlow({
    document: {
      flow: connection(1).id, connection: connection(1), findings: [], isForgotten: false, lost: null, ladder,
      explanation: [],
    },
    state: newFlow, layout: layOutScreen(80, 24), paint: unpainted,
  });
  expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(`The segments cannot be read again: ${ladder}`);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
