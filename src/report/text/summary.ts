import type { Analysis, Ending, Folded, Forgotten } from '../../analysis/model.js';
import { uncovered } from '../coverage.js';
import { placeAndWhat } from '../damage.js';
import { inert } from '../inert.js';
import type { Paint } from '../paint.js';
import { bytes, count, isOneDay, lasting, packetsAndTcp, wallDate, zoneAt } from '../quantities.js';
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
    const end = isOneDay(clock, first, last, wallDate) ? wallDate(clock, last).slice(11) : wallDate(clock, last);
    yield ['time', `${wallDate(clock, first)} to ${end} ${zoneAt(clock, last)} (${lasting(last - first)})`];
  }
  yield ['packets', packetsAndTcp(capture.packets, capture.tcpPackets) +
    `${capture.duplicates === undefined ? '' : ` (${count(capture.duplicates)} captured twice)`}, ` +
    bytes(capture.bytes)];
  const { gaps, lost } = uncovered(analysis);
  yield* listed('gaps', gaps);
  yield* listed('lost', lost);
  const skipped = Object.entries(capture.skipped);
  if (skipped.length > 0)
    yield ['skipped', skipped.map(([reason, packets]) => `${count(packets)} ${inert(reason)}`).join(', ')];
  const { view } = analysis;
  if (view !== undefined) yield ['filter', inert(view.filter)];
  yield ['connections', `${count(analysis.connectionCount)}${view === undefined ? '' : ` of ${count(view.of)}`}` +
    endings(analysis.endings)];
  if (analysis.folded !== undefined) yield ['folded', folded(analysis.folded)];
  if (analysis.forgotten !== undefined) yield ['forgotten', forgotten(analysis.forgotten)];
  if (capture.partial === true) yield ['partial', 'reading was interrupted: the rest is not in this report'];
  yield* listed(
    'damage', capture.damage.map((place) => `${inert(place.file)}: ${inert(placeAndWhat(place))}`),
  );
}

/** `: 312 closed, 8 reset`, the most frequent first. */
function endings(counts: ReadonlyMap<Ending, number>): string {
  if (counts.size === 0) return '';
  const most = [...counts].sort(([, a], [, b]) => b - a);
  return `: ${most.map(([ending, number]) => `${count(number)} ${ending}`).join(', ')}`;
}

/** What is in none of the lists. */
function folded({ endings: counts, early }: Folded): string {
  const all = [...counts.values()].reduce((sum, flows) => sum + flows, 0);
  const hasty =
    early === 0
      ? ''
      : `; ${count(early)} of the unanswered were forgotten within seconds, because there were more than a million ` +
        `at ` +
        `a time`;
  return `${count(all)} without a finding${endings(counts)}${hasty}`;
}

/** What only the counts tell of. */
function forgotten({ count: all, endings: counts, early, lived }: Forgotten): string {
  const hasty =
    early === 0
      ? ''
      : `; ${count(early)} of them before their time, ${count(lived)} of which may have lived on as other connections`;
  return `${count(all)} are only counted, to bound the memory (--keep-connections)${endings(counts)}${hasty}`;
}

function* listed(label: string, values: readonly string[]): IterableIterator<readonly [string, string]> {
  for (const [index, value] of values.slice(0, MOST_VALUES).entries()) yield [index === 0 ? label : '', value];
  if (values.length > MOST_VALUES) yield ['', `… and ${count(values.length - MOST_VALUES)} more`];
}
