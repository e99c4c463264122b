import { expect, it } from 'vitest';
import { createLadder, drawLadderLine, ladderHeader } from '../../../src/tui/flow-detail/ladder.js';
import { columnsOf } from '../../../src/tui/text/fit.js';
import { clock, connection, ladderOf } from '../fixture.js';

const plain = (_role: string, text: string): string => text;
const ladder = createLadder(clock, ladderOf(connection(3)));

function drawn(width: number): string[] {
  return [ladderHeader(width, plain), ...ladder.lines.map((_, line) => drawLadderLine(ladder, line, width, plain))].map((line) => line.trimEnd());
}

it('shows segments between two lanes of states, each state where it begins', () => {
  expect(drawn(80)).toEqual([
    '  FRAME     SECONDS  CLIENT                                         SERVER',
    '     31    0.000000  SYN-SENT     ───────────── S 0 ──────────────▶ SYN-RECEIVED',
    '     32    0.004000  ESTABLISHED  ◀────────── S. 0 ack 1 ────────── │',
    '     33    0.008000  │            ────────── . 1 ack 1 ───────────▶ ESTABLISHED',
    '     34    0.012000  │            ──────── P. 1:518 ack 1 ────────▶ │',
    '     35    0.016000  │            ◀────── P. 1:20001 ack 518 ────── │',
    '     36    0.020000  FIN-WAIT-1   ─────── F. 518 ack 20001 ───────▶ CLOSE-WAIT',
    '     37    0.024000  FIN-WAIT-2   ◀─────── . 20001 ack 519 ──────── │',
    '     38    0.028000  │            ─────── . 518 ack 20001 ────────▶ │',
    '                                           keepalive probe',
    '     39    0.032000  │            ◀─────── . 20001 ack 519 ──────── │',
    '                                           answers frame 8',
  ]);
});

it.each([60, 80, 110, 200])('is never wider than %i columns', (width) => {
  expect(Math.max(...drawn(width).map(columnsOf))).toBeLessThanOrEqual(width);
});
