import type { Analysis, CaptureInterface, Gap } from '../analysis/model.js';
import { inert } from './inert.js';
import { bytes, count, counted, date, lasting } from './quantities.js';

/**
 * What the capture does not cover, in sentences without a full stop: times without packets, and packets that were lost.
 */
export interface Uncovered {
  readonly gaps: readonly string[];
  readonly lost: readonly string[];
}

export function uncovered(analysis: Pick<Analysis, 'capture' | 'clock'>): Uncovered {
  const { gaps = [], interfaces, loss } = analysis.capture;
  return {
    gaps: gaps.map((gap) => gapOf(gap, analysis)),
    lost: [
      ...(loss === undefined
        ? []
        : [
            `${bytes(loss.bytes)} of ${counted(loss.connections, 'connection')} were sent and ` +
              `acknowledged, but are not in the capture (${percent(loss.share)} of all)`,
          ]),
      ...interfaces.flatMap((each) => dropsOf(each, analysis)),
    ],
  };
}

function gapOf({ from, to, interface: named }: Gap, { capture, clock }: Pick<Analysis, 'capture' | 'clock'>): string {
  const where = nameOf(capture.interfaces[named], capture);
  return `no packet for ${lasting(to - from)}, from ${date(clock, from)} to ${date(clock, to)} UTC${where}: ` +
    'nothing is concluded from that silence';
}

/** What the file says that its interface lost; nothing if it says nothing, or that it lost nothing. */
function dropsOf(each: CaptureInterface, { capture }: Pick<Analysis, 'capture'>): string[] {
  const { dropped = 0, osDropped = 0, droppedBetween = 0, received } = each.statistics ?? {};
  const drops = [
    ...(dropped > 0 ? [`${count(dropped)} by the interface`] : []),
    ...(osDropped > 0 ? [`${count(osDropped)} by the system`] : []),
    ...(droppedBetween > 0 && dropped + osDropped === 0 ? [`${count(droppedBetween)} between packets`] : []),
  ];
  if (drops.length === 0) return [];
  const of = received === undefined ? '' : `, of ${count(received)} received`;
  return [`the file says that packets were dropped${nameOf(each, capture)}: ${drops.join(', ')}${of}`];
}

function percent(share: number): string {
  return share < 0.0005 ? 'less than 0.1 %' : `${(share * 100).toFixed(1)} %`;
}

/** The interface and its file in words; empty where there is one interface only. */
function nameOf(each: CaptureInterface | undefined, { files, interfaces }: Analysis['capture']): string {
  if (each === undefined || interfaces.length < 2) return '';
  const file = files.length < 2 ? '' : ` in ${inert(files[each.file]?.path ?? '')}`;
  return each.name === '' ? file : `${file} on ${inert(each.name)}`;
}
