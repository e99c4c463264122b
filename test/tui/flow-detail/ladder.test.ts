import { describe, expect, it } from 'vitest';
import type { LadderRow } from '../../../src/analysis/model.js';
import {
  createLadder, drawLadderLine, evidenceFrom, frameOfLine, ladderEnd, ladderHeader, lineOfFrame, runOfLine, unfolded,
  type Ladder,
} from '../../../src/tui/flow-detail/ladder.js';
import { columnsOf } from '../../../src/tui/text/fit.js';
import { clock, connection, ladderOf } from '../fixture.js';

const plain = (_role: string, text: string): string => text;
const ladder = createLadder(clock, ladderOf(connection(3)), new Set([36, 37]));

function drawn(width: number, shown: Ladder = ladder): string[] {
  return [ladderHeader(width, plain), ...shown.lines.map((_, line) => drawLadderLine(shown, line, width, plain))].map(
    (line) => line.trimEnd(),
  );
}

it('shows segments between two lanes of states, each state where it begins, with a mark at the evidence', () => {
  expect(drawn(80)).toEqual([
    '  FRAME     SECONDS  CLIENT                                         SERVER',
    '     31    0.000000  SYN-SENT     ───────────── S 0 ──────────────▶ SYN-RECEIVED',
    '     32    0.004000  ESTABLISHED  ◀────────── S. 0 ack 1 ────────── │',
    '     33    0.008000  │            ────────── . 1 ack 1 ───────────▶ ESTABLISHED',
    '     34    0.012000  │            ──────── P. 1:518 ack 1 ────────▶ │',
    '     35    0.016000  │            ◀────── P. 1:20001 ack 518 ────── │',
    '   ● 36    0.020000  FIN-WAIT-1   ─────── F. 518 ack 20001 ───────▶ CLOSE-WAIT',
    '   ● 37    0.024000  FIN-WAIT-2   ◀─────── . 20001 ack 519 ──────── │',
    '     38    0.028000  │            ─────── . 518 ack 20001 ────────▶ │',
    '                                           keepalive probe',
    '     39    0.032000  │            ◀─────── . 20001 ack 519 ──────── │',
    '                                           answers frame 8',
  ]);
});

it.each([60, 80, 110, 200])('is never wider than %i columns', (width) => {
  expect(Math.max(...drawn(width).map(columnsOf))).toBeLessThanOrEqual(width);
});

describe('a run of data', () => {
  const rows = ladderOf(connection(3));
  const data = (index: number): LadderRow => ({
    ...rows[4]!, frame: 100 + index, sequence: 1 + index * 1000, length: 1000,
  });
  const long = [...rows.slice(0, 4), ...Array.from({ length: 20 }, (_, index) => data(index)), ...rows.slice(5)];
  const folded = createLadder(clock, long, new Set([36]));

  it('is folded but for its beginning and its end', () => {
    expect(drawn(80, folded).slice(3, 9)).toEqual([
      '     33    0.008000  │            ────────── . 1 ack 1 ───────────▶ ESTABLISHED',
      '     34    0.012000  │            ──────── P. 1:518 ack 1 ────────▶ │',
      '    100    0.016000  │            ◀────── P. 1:1001 ack 518 ─────── │',
      '    101    0.016000  │            ┈┈┈┈ 18 segments, ← 18.0 kB ┈┈┈┈┈ │',
      '    119    0.016000  │            ◀──── P. 19001:20001 ack 518 ──── │',
      '   ● 36    0.020000  FIN-WAIT-1   ─────── F. 518 ack 20001 ───────▶ CLOSE-WAIT',
    ]);
  });

  it('is opened, and closed from any of its lines', () => {
    const run = runOfLine(folded, lineOfFrame(folded, 105))!;
    const open = unfolded(folded, new Set([run]));
    expect(open.lines).toHaveLength(folded.lines.length + 17);
    expect(runOfLine(open, lineOfFrame(open, 110))).toBe(run);
    expect(unfolded(open, new Set())).toEqual(folded);
  });

  it('is never folded around evidence', () => {
    const marked = createLadder(clock, long, new Set([105]));
    const line = lineOfFrame(marked, 105);
    expect(marked.lines[line]).toMatchObject({ kind: 'segment' });
    expect(evidenceFrom(marked, 0, 1)).toBe(line);
    expect(evidenceFrom(marked, line, 1)).toBeNull();
    expect(evidenceFrom(marked, marked.lines.length, -1)).toBe(line);
  });
});

describe('behind the last segment', () => {
  const leaking = connection(3);
  const rows = ladderOf(leaking);
  const ended = createLadder(clock, rows, new Set([36]), new Set(), ladderEnd(leaking, rows));

  it('the silence is told, and where both endpoints are by then', () => {
    expect(drawn(110, ended).at(-1)).toMatch(/^ {21}│ {12}┈+ 59\.9\d? s of silence to the end ┈+ │$/);
    const timedOut = ladderEnd(
      {
        ...leaking,
        states: {
          ...leaking.states,
          client: [...leaking.states.client, { state: 'CLOSED', time: 60e9, frame: null, proven: false }],
        },
      },
      rows,
    );
    expect(drawn(110, createLadder(clock, rows, new Set(), new Set(), timedOut)).at(-1)).toMatch(
      /^ {21}CLOSED +┈+ 59\.9/,
    );
  });

  it('a line like others stands for it, and for the last segment', () => {
    const last = ended.lines.length - 1;
    expect([frameOfLine(ended, last), runOfLine(ended, last), evidenceFrom(ended, last, -1)]).toEqual([
      rows.at(-1)!.frame, null, lineOfFrame(ended, 36),
    ]);
  });

  it('nothing is told where both had closed, or the end is near', () => {
    const closed = rows.map((row) => ({ ...row, states: { client: 'CLOSED', server: 'CLOSED' } as const }));
    expect(ladderEnd(leaking, closed)).toBeNull();
    expect(ladderEnd({ ...leaking, observedUntil: rows.at(-1)!.time + 5e8 }, rows)).toBeNull();
    expect(ladderEnd(leaking, [])).toBeNull();
  });
});
