import { expect, test } from 'vitest';
import type { LadderRow } from '../../../src/analysis/model.js';
import { type Rung, rungs } from '../../../src/report/html/rungs.js';
import { at, connection, stateEntry } from '../analysis-fixture.js';

const open = { client: 'ESTABLISHED', server: 'ESTABLISHED' } as const;
const nobody = connection({ states: { client: [], server: [] } });

/** A segment of data each 10 ms, from the client; what is not said is as everyday as can be. */
function row(frame: number, differences: Partial<LadderRow> = {}): LadderRow {
  return {
    frame, time: at(frame / 100), by: 'client', flags: 'P.', sequence: 1, length: 10, acknowledgment: 1, window: 500,
    options: '', note: '', states: open, ...differences,
  };
}

function rows(count: number, special: Readonly<Record<number, Partial<LadderRow>>> = {}): LadderRow[] {
  return Array.from({ length: count }, (_, index) => row(index + 1, special[index + 1]));
}

/** `7`, `(3: 20 B)`, `…60 s`, `server CLOSED by timer at 70 s`, `end` */
function told(steps: readonly Rung[]): string[] {
  return steps.map((step) => {
    if (step.kind === 'segment') return String(step.row.frame);
    if (step.kind === 'fold') return `(${step.segments}: ${step.bytes.client} B)`;
    if (step.kind === 'pause') return `…${step.lasting / 1e9} s`;
    return step.kind === 'timer' ? `${step.role} ${step.state} by timer at ${step.time / 1e9} s` : 'end';
  });
}

test('data in order is folded, its first and its last stay', () => {
  const steps = rungs(
    nobody, rows(20, { 1: { flags: 'S', length: 0 }, 12: { note: 'retransmission' }, 20: { flags: 'F.', length: 0 } }),
    [], at(0.2),
  );
  expect(told(steps)).toEqual(['1', '2', '(9: 90 B)', '12', '(6: 60 B)', '19', '20', 'end']);
});

test('two segments are not worth folding', () => {
  expect(told(rungs(nobody, rows(4), [], at(0.04)))).toEqual(['1', '2', '3', '4', 'end']);
});

test('however many segments are special, about sixty are drawn, those of the finding among them', () => {
  const all = rows(
    1000,
    Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [index + 1, { note: 'retransmission', flags: 'R' }])),
  );
  const steps = told(rungs(nobody, all, [500], at(10)));
  expect(steps.slice(0, 3)).toEqual(['1', '2', '3']);
  expect(steps).toContain('500');
  expect(steps.slice(-3)).toEqual(['999', '1000', 'end']);
  expect(steps.filter((step) => /^\d+$/.test(step))).toHaveLength(61);
});

test('silence, a timer that no packet shows, and the end of the capture each have a line', () => {
  const states = { client: 'FIN-WAIT-2', server: 'CLOSE-WAIT' } as const;
  const closing = connection({
    states: {
      client: [stateEntry('FIN-WAIT-2', 0.02, 2), stateEntry('CLOSED', 60.02, null, false)],
      server: [stateEntry('CLOSE-WAIT', 0.02, 2)],
    },
  });
  const steps = rungs(closing, rows(2, { 2: { flags: 'F.', states } }), [], at(90.02));
  expect(told(steps)).toEqual(['1', '2', '…60 s', 'client CLOSED by timer at 60.02 s', '…30 s', 'end']);
  expect(steps.at(-1)?.states).toEqual({ client: 'CLOSED', server: 'CLOSE-WAIT' });
});

test('timers of the future and ladders that ended in CLOSED leave nothing to say', () => {
  const closed = { client: 'CLOSED', server: 'CLOSED' } as const;
  const late = connection({ states: { client: [stateEntry('CLOSED', 100, null, false)], server: [] } });
  expect(told(rungs(late, [row(1, { flags: 'R', states: closed })], [], at(90)))).toEqual(['1']);
  expect(rungs(nobody, [], [], at(1))).toEqual([]);
});
