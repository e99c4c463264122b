import { basename } from 'node:path';
import type { Analysis, CaptureSummary, Progress } from '../../analysis/model.js';
import { bytes, count, counted, lasting } from '../../report/quantities.js';
import { coverage } from '../coverage/screen.js';
import type { View } from '../view.js';
import { columnsOf, fit } from '../text/fit.js';
import { showDate, showZone } from '../text/times.js';
import type { Paint, Role } from '../theme.js';

/** What was read, on the left; how far reading is, on the right. */
export function drawHeader({ analysis, progress, isReading, isFrozen, layout }: View, paint: Paint): string {
  const status = `${isFrozen ? 'frozen   ' : ''}${isReading ? showProgress(progress, analysis?.capture.packets ?? 0) : ''}`;
  const parts: [string, Role][] =
    analysis === null
      ? []
      : [
          [filesOf(analysis.capture), 'plain'], ...damageOf(analysis.capture), ...uncoveredOf(analysis.capture),
          [flowsOf(analysis), 'muted'], [counted(analysis.capture.packets, 'packet'), 'muted'],
          ...spanOf(analysis.capture),
          ...(analysis.capture.first === null
            ? []
            : [
                [
                  `from ${showDate(analysis.clock, analysis.capture.first)} ` +
                    showZone(analysis.clock, analysis.capture.first),
                  'muted',
                ] as [string, Role],
              ]),
        ];
  let line = paint('title', ' lastack');
  let room = layout.columns - columnsOf(' lastack') - columnsOf(status) - 1;
  for (const [text, role] of parts) {
    const shown = fit(text, Math.min(columnsOf(text), 40));
    if (columnsOf(shown) + 3 > room) break;
    line += `   ${paint(role, shown)}`;
    room -= columnsOf(shown) + 3;
  }
  return `${line}${' '.repeat(Math.max(0, room))}${paint('accent', status)}`;
}

function filesOf({ files }: CaptureSummary): string {
  const [first] = files;
  if (files.length > 1) return `${files.length} files`;
  return first === undefined ? '' : first.path === '-' ? 'standard input' : basename(first.path);
}

function flowsOf({ connectionCount, view, forgotten }: Analysis): string {
  if (forgotten !== undefined && view === undefined)
    return `${counted(connectionCount, 'flow')}, ${count(forgotten.count)} no longer kept`;
  return view === undefined
    ? counted(connectionCount, 'flow')
    : `${count(connectionCount)} of ${counted(view.of, 'flow')}: ${view.filter}`;
}

function damageOf({ damage }: CaptureSummary): [string, Role][] {
  const [first] = damage;
  // A live capture that ended is the one thing that can go wrong here.
  if (damage.length === 1 && first?.file === '-') return [[first.what, 'warning']];
  return damage.length === 0 ? [] : [[`damaged in ${counted(damage.length, 'place')} (${coverage.key})`, 'warning']];
}

/** What the capture does not cover; the reports say it in full. */
function uncoveredOf({ gaps = [], loss, interfaces }: CaptureSummary): [string, Role][] {
  const drops = interfaces.reduce(
    (sum, { statistics: { dropped = 0, osDropped = 0 } = {} }) => sum + dropped + osDropped, 0,
  );
  return [
    ...(gaps.length === 0 ? [] : [[counted(gaps.length, 'gap'), 'warning'] as [string, Role]]),
    ...(loss === undefined && drops === 0
      ? []
      : [
          [
            `lost ` +
              [
                ...(loss === undefined ? [] : [bytes(loss.bytes)]), ...(drops === 0 ? [] : [counted(drops, 'packet')]),
              ].join(', '),
            'warning',
          ] as [string, Role],
        ]),
  ];
}

function spanOf({ first, last }: CaptureSummary): [string, Role][] {
  return first === null || last === null ? [] : [[lasting(last - first), 'muted']];
}

/** `reading 43 %`, or for a pipe, whose end nobody knows, `live, 12,345 packets`. */
function showProgress(progress: Progress | null, packetsShown: number): string {
  if (progress === null) return 'opening';
  if (progress.total === null) return `live, ${counted(Math.max(progress.packets, packetsShown), 'packet')}`;
  return `reading ${Math.floor(100 * progress.bytes / Math.max(progress.total, 1))} % of ${bytes(progress.total)}`;
}
