import type { Analysis, CaptureFile } from '../../analysis/model.js';
import { uncovered } from '../../report/coverage.js';
import { placeAndWhat } from '../../report/damage.js';
import { inert } from '../../report/inert.js';
import { bytes, count, counted } from '../../report/quantities.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { openConnections } from '../panel.js';
import { wrap } from '../text/wrap.js';

interface Fact {
  readonly about: 'damage' | 'gap' | 'lost' | 'skipped' | 'file';
  /** The file; empty where the fact is of all of them. */
  readonly place: string;
  readonly what: string;
}

/** Each place of damage, then what the capture does not cover, what was skipped, and the files. */
export function coverageSource(analysis: Analysis): Source<Fact> {
  const { capture } = analysis;
  const { gaps, lost } = uncovered(analysis);
  const facts: readonly Fact[] = [
    ...capture.damage.map((damage): Fact => ({
      about: 'damage', place: inert(damage.file), what: inert(placeAndWhat(damage)),
    })),
    ...gaps.map((what): Fact => ({ about: 'gap', place: '', what })),
    ...lost.map((what): Fact => ({ about: 'lost', place: '', what })),
    ...Object.entries(capture.skipped).map(([reason, packets]): Fact => ({
      about: 'skipped', place: '', what: `${counted(packets, 'packet')}: ${inert(reason)}`,
    })),
    ...capture.files.map((file): Fact => ({ about: 'file', place: inert(file.path), what: kindOf(file) })),
  ];
  const columns: readonly Column<Fact>[] = [
    {
      header: 'ABOUT', width: 7, text: ({ about }) => about,
      role: ({ about }) => (about === 'file' || about === 'skipped' ? 'muted' : 'warning'),
    },
    { header: 'FILE', width: 12, most: 40, least: 12, fit: 'tail', drop: 1, text: ({ place }) => place },
    { header: 'WHAT', width: 30, text: ({ what }) => what },
  ];
  return {
    count: facts.length, columns,
    title: `What was read: ${counted(capture.packets, 'packet')}, ${count(capture.tcpPackets)} of them TCP, in ` +
      counted(capture.files.length, 'file') +
      (capture.damage.length === 0 ? '' : `; damaged in ${counted(capture.damage.length, 'place')}`),
    empty: 'Nothing was read.', row: (index) => facts[index]!,
    key: (index) => `${index} ${facts[index]!.about} ${facts[index]!.what}`, opens: () => openConnections(''),
    text(index) {
      const { about, place, what } = facts[index]!;
      return `${about} ${place} ${what}`.toLowerCase();
    },
    preview: ({ place, what }, width) => wrap(`${place === '' ? '' : `${place}: `}${what}`, width),
  };
}

/** `pcapng, gzip, 270 kB` */
function kindOf({ format, compression, size }: CaptureFile): string {
  return [format, ...(compression === null ? [] : [compression]), ...(size === null ? [] : [bytes(size)])].join(', ');
}
