import type { TwoTaps } from '../../between/between.js';
import { count, counted, socketAddress } from '../../report/quantities.js';
import { adviceOf } from '../../report/between/advice.js';
import { conclusion, findingName, legInWords, mappingInWords, streamsOf } from '../../report/between/words.js';
import type { TapList } from '../keys.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { openAtBothEnds } from '../panel.js';
import { showTime } from '../text/times.js';
import { wrap, wrapItem } from '../text/wrap.js';
import { severityRole, type Paint } from '../theme.js';
import {
  confidenceOf, doerOf, endsOf, lostOf, messageOf, nameOfRow, severityOf, streamsOfRow, textOf, timeOfRow, type TapRow,
  type TapRows,
} from './rows.js';

/** What stands over the names of a list. */
const NAMED: Readonly<Record<TapList, string>> = { differing: 'WHAT BOTH SHOW', passed: 'FINDING', lone: 'FINDING' };

/** A list of connections at both ends, or at one of them. */
export function tapSource(list: TapList, taps: TwoTaps, { all, lists }: TapRows): Source<TapRow> {
  const chosen = lists[list];
  const rowAt = (index: number): TapRow => all[chosen[index]!]!;
  return {
    count: chosen.length,
    columns: columnsOf(list, taps),
    title: titleOf(list, taps, chosen.length),
    empty: emptyOf(list, taps),
    row: rowAt,
    key: (index) => String(chosen[index]),
    opens: (index) => openAtBothEnds(chosen[index]!),
    text(index) {
      const row = rowAt(index);
      const { client, server } = endsOf(taps, row);
      return `${textOf(taps, row)} ${socketAddress(client)} ${socketAddress(server)} ${streamsOfRow(taps, row)}`;
    },
    isNotable: (index) => severityOf(taps, rowAt(index)) !== null,
    preview: (row, width, paint) => about(taps, row, width, paint),
  };
}

function columnsOf(list: TapList, taps: TwoTaps): readonly Column<TapRow>[] {
  const role = (row: TapRow) => severityRole[severityOf(taps, row) ?? 'info'];
  return [
    { header: '', width: 5, text: (row) => severityOf(taps, row) ?? '', role },
    { header: NAMED[list], width: 14, least: 18, text: (row) => nameOfRow(taps, row), role },
    { header: 'BY', width: 6, text: (row) => doerOf(taps, row), role: () => 'muted' },
    {
      header: 'CLIENT', width: 11, least: 11, fit: 'tail', drop: 0.5,
      text: (row) => socketAddress(endsOf(taps, row).client),
    },
    {
      header: 'SERVER', width: 11, least: 18, fit: 'tail',
      text: (row) => socketAddress(endsOf(taps, row).server),
    },
    {
      header: 'WHEN', width: 8, drop: 1, text: (row) => showTime(taps.client.clock, timeOfRow(taps, row)),
      role: () => 'muted',
    },
    ...(list === 'lone'
      ? [{ header: 'TAP', width: 6, text: (row: TapRow) => (row.kind === 'one' ? row.tap : '') }]
      : [{ header: 'LOST', width: 4, text: lostOf, role: () => 'warning' as const }]),
    { header: 'HOW SURE', width: 8, drop: 2, text: (row) => confidenceOf(taps, row) ?? '', role: () => 'muted' },
    { header: 'STREAM', width: 6, drop: 3, text: (row) => streamsOfRow(taps, row), role: () => 'muted' },
    { header: 'SAYS', width: 20, least: 30, drop: 4, text: (row) => messageOf(taps, row), role: () => 'muted' },
  ];
}

function titleOf(list: TapList, { pairs, unpaired }: TwoTaps, rows: number): string {
  if (list === 'lone') return `${counted(rows, 'connection')} at one tap only`;
  if (list === 'passed') return `${count(rows)} of ${counted(pairs.length, 'connection')} passed as sent`;
  const changed = pairs.filter(({ facts }) => facts.length > 0).length;
  const gone = unpaired.filter(({ what }) => what !== 'not-covered').length;
  return (
    `${count(changed)} of ${counted(pairs.length, 'connection')} did not pass as sent` +
    (gone === 0 ? '' : `; ${count(gone)} never reached the server's tap`)
  );
}

function emptyOf(list: TapList, taps: TwoTaps): string {
  if (list === 'lone') return 'Every connection was seen at both taps.';
  if (list === 'passed') return 'No connection passed as it was sent.';
  if (taps.pairs.length === 0 && taps.turned.length > 0) return conclusion(taps, 0);
  return taps.pairs.length === 0
    ? 'No connection is at both taps: are these captures of one time and one road?'
    : conclusion(taps, 0);
}

/** More of the selected row: what is told of it, what to do, and the road. */
function about(taps: TwoTaps, row: TapRow, width: number, paint: Paint): string[] {
  if (row.kind === 'one') return wrap(messageOf(taps, row), width);
  const { pair } = row;
  const [fact] = pair.facts;
  const mapping = mappingInWords(pair.mapping);
  const sure = fact === undefined || fact.confidence === 'certain' ? '' : ` (${fact.confidence})`;
  return [
    ...wrap(`${pair.verdict}${sure}`, width),
    ...(fact === undefined
      ? pair.findings.flatMap((one) => wrap(`${one.outcome}  ${findingName(one)}`, width))
      : wrapItem('→ ', adviceOf(fact.id), width)),
    ...wrap(
      `To the server ${legInWords(pair.legs.client)}. To the client ${legInWords(pair.legs.server)}.`, width,
    ).map((line) => paint('muted', line)),
    ...(mapping === null ? [] : wrap(`On the way: ${mapping}.`, width).map((line) => paint('muted', line))),
    ...wrap(
      `At ${showTime(taps.client.clock, timeOfRow(taps, row))}, ${streamsOf(taps, pair)}.`, width,
    ).map((line) => paint('muted', line)),
  ];
}
