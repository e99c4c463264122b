import type { Analysis, Ending } from '../../analysis.js';
import { inert } from '../inert.js';
import type { Paint } from '../paint.js';
import { bytes, count, date, isOneDay, lasting } from '../quantities.js';
import { hang, wrap } from '../wrap.js';

/** Values of one kind (files, places of damage) before the rest is only counted. */
const MOST_VALUES = 10;
/** Columns of the labels at the left. */
const LABEL = 13;

/** What was read: files, time, packets, connections by their ending, what was skipped and what was damaged. */
export function* summary(analysis: Analysis, paint: Paint, width: number): IterableIterator<string> {
  for (const [label, value] of facts(analysis)) {
    yield hang(paint('quiet', label.padEnd(LABEL)), LABEL, wrap(value, width - LABEL));
  }
}

function* facts(analysis: Analysis): IterableIterator<readonly [label: string, value: string]> {
  const { capture, clock } = analysis;
  yield* listed('capture', capture.files.map(({ path, format, compression, size }) => {
    const kind = compression === null ? format : `${format}, ${compression}`;
    return `${inert(path)} (${kind}${size === null ? '' : `, ${bytes(size)}`})`;
  }));
  if (capture.first !== null && capture.last !== null) {
    const { first, last } = capture;
    const end = isOneDay(clock, first, last) ? date(clock, last).slice(11) : date(clock, last);
    yield ['time', `${date(clock, first)} to ${end} UTC (${lasting(last - first)})`];
  }
  yield ['packets', `${count(capture.packets)}, ${count(capture.tcpPackets)} of them TCP, ${bytes(capture.bytes)}`];
  const skipped = Object.entries(capture.skipped);
  if (skipped.length > 0) yield ['skipped', skipped.map(([reason, packets]) => `${count(packets)} ${inert(reason)}`).join(', ')];
  const { view } = analysis;
  if (view !== undefined) yield ['filter', inert(view.filter)];
  yield ['connections', `${count(analysis.connectionCount)}${view === undefined ? '' : ` of ${count(view.of)}`}${endings(analysis)}`];
  yield* listed('damage', capture.damage.map(({ file, offset, what }) => `${inert(file)} at byte ${count(offset)}: ${inert(what)}`));
}

/** `: 312 closed, 8 reset`, the most frequent first. */
function endings(analysis: Analysis): string {
  const counts = new Map<Ending, number>();
  for (const { ending } of analysis.connections()) counts.set(ending, (counts.get(ending) ?? 0) + 1);
  if (counts.size === 0) return '';
  const most = [...counts].sort(([, a], [, b]) => b - a);
  return `: ${most.map(([ending, number]) => `${count(number)} ${ending}`).join(', ')}`;
}

function* listed(label: string, values: readonly string[]): IterableIterator<readonly [string, string]> {
  for (const [index, value] of values.slice(0, MOST_VALUES).entries()) yield [index === 0 ? label : '', value];
  if (values.length > MOST_VALUES) yield ['', `… and ${count(values.length - MOST_VALUES)} more`];
}
