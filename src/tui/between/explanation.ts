import { type Fact, type TapPair, type TapReset, TAPS, type TwoTaps } from '../../between/between.js';
import type { Clock, Duration } from '../../analysis/model.js';
import { SECOND } from '../../base/time.js';
import { adviceOf } from '../../report/between/advice.js';
import {
  filtersOf, findingName, hostInWords, legInWords, mappingInWords, pairedBy, streamsOf,
} from '../../report/between/words.js';
import { count, lasting } from '../../report/quantities.js';
import { explain } from '../flow-detail/explanation.js';
import { fit } from '../text/fit.js';
import { showMoment } from '../text/times.js';
import { wrap, wrapItem } from '../text/wrap.js';
import { severityRole, type Paint } from '../theme.js';
import type { Place } from './ladder.js';
import { doerInWords, doerOfFact, type AtOne, type TapRow } from './rows.js';

/** A painted line, and the frame that it speaks of, to which a key leads. */
export interface PairLine {
  readonly text: string;
  readonly place: Place | null;
}

/** Columns for the name of a piece of evidence. */
const NAME = 16;

/** All that is known of a connection beside its segments, in lines of at most `width` columns. */
export function explainRow(taps: TwoTaps, row: TapRow, width: number, paint: Paint): PairLine[] {
  return row.kind === 'both' ? explainPair(taps, row.pair, width, paint) : explainLone(taps, row, width, paint);
}

function explainPair(taps: TwoTaps, pair: TapPair, width: number, paint: Paint): PairLine[] {
  return [
    ...(pair.facts.length === 0 ? [...wrap(pair.verdict, width), ''] : []),
    ...pair.facts.flatMap((fact) => [...explainFact(fact, taps.client.clock, width, paint), '']),
    ...judged(pair, width, paint),
    ...resets(pair, width, paint),
    ...road(taps, pair, width, paint),
  ].map((line) => (typeof line === 'string' ? { text: line, place: null } : line));
}

function explainLone(taps: TwoTaps, row: AtOne, width: number, paint: Paint): PairLine[] {
  const { tap, flow, unpaired } = row;
  const analysis = taps[tap];
  const about = [
    paint('title', fit(`At the ${tap}'s tap only`, width)),
    ...wrap(
      unpaired === null
        ? `The ${tap === 'client' ? 'server' : 'client'}'s capture does not have it, and nothing says that it should.`
        : `${unpaired.message}${unpaired.confidence === 'certain' ? '' : ` (${unpaired.confidence})`}`,
      width,
    ),
    '',
  ];
  return [
    ...about.map((text) => ({ text, place: null })),
    ...explain(analysis, analysis.connection(flow), width, paint).map(({ text, frame }) => ({
      text, place: frame === null ? null : { tap, frame },
    })),
  ];
}

function explainFact(fact: Fact, clock: Clock, width: number, paint: Paint): (string | PairLine)[] {
  const { id, severity, confidence, message, frames } = fact;
  return [
    paint(severityRole[severity], fit(`${severity}  ${id}`, width)),
    ...wrap(message, width),
    ...wrap(`Confidence: ${confidence}, ${doerInWords(doerOfFact(fact))}.`, width).map((line) => paint('muted', line)),
    paint('title', 'Evidence'),
    ...evidenceOf(fact, clock).flatMap(([label, value]) => wrapItem(`  ${fit(label, NAME)}  `, value, width)),
    ...TAPS.flatMap((tap) =>
      frames[tap].map((frame, index) => ({
        text: `  ${fit(index === 0 ? `at the ${tap}` : '', NAME)}  ${paint('accent', `● frame ${frame}`)}`,
        place: { tap, frame },
      })),
    ),
    paint('title', 'What to do'),
    ...wrapItem('  ', adviceOf(id), width),
  ];
}

/** A silence that says something. */
const SILENCE: Duration = 1 * SECOND;

/** Names of the numbers of facts, and what they are. */
const LABELS: Readonly<Record<string, readonly [label: string, unit: 'duration' | 'moment' | 'count']>> = {
  silence: ['silence before', 'duration'],
  stall: ['stalled for', 'duration'],
  lasts: ['lasted', 'duration'],
  since: ['since', 'moment'],
  lost: ['segments lost', 'count'],
  of: ['of', 'count'],
  count: ['segments', 'count'],
  answered: ['came meanwhile', 'count'],
};

/** The numbers that carry a fact, in words. What is 0 says nothing; signs are in the message. */
function evidenceOf({ numbers }: Fact, clock: Clock): (readonly [string, string])[] {
  return Object.entries(numbers).flatMap(([name, value]) => {
    if (typeof value === 'object' || value === 0 || (name === 'silence' && Number(value) < SILENCE)) return [];
    const [label, unit] = LABELS[name] ?? [name, 'count'];
    if (typeof value === 'string') return [[label, value] as const];
    const words = unit === 'duration' ? lasting(value) : unit === 'moment' ? showMoment(clock, value) : count(value);
    return [[label, words] as const];
  });
}

/** What becomes of the findings of each capture alone. */
function judged({ facts, findings }: TapPair, width: number, paint: Paint): string[] {
  if (findings.length === 0) return [];
  return [
    paint('title', 'What one capture says, and both'),
    ...findings.flatMap((one) => {
      const { outcome, confidence, finding } = one;
      const because = facts.some(({ id }) => id === one.fact) ? `${one.fact}, as above.` : one.because;
      const before = finding.confidence === confidence ? '' : `, ${finding.confidence} before`;
      const sure = outcome === 'refuted' ? '' : `  ${confidence}${before}`;
      return [
        `  ${paint(outcome === 'refuted' ? 'muted' : severityRole[finding.severity], outcome)}  ` +
          fit(`${findingName(one)}${sure}`, Math.max(1, width - outcome.length - 4)).trimEnd(),
        ...wrapItem('    ', because, width),
      ];
    }),
    '',
  ];
}

function resets({ resets: all }: TapPair, width: number, paint: Paint): (string | PairLine)[] {
  if (all.length === 0) return [];
  return [paint('title', 'Whose each RST is'), ...all.flatMap((reset) => oneReset(reset, width)), ''];
}

function oneReset(reset: TapReset, width: number): PairLine[] {
  const { role, sender, confidence, cause, clientFrame, serverFrame } = reset;
  const sent =
    sender === null ? 'nobody can tell by whom' : sender === 'between' ? 'sent by something between the taps' :
    `sent by the ${sender}`;
  const at = [
    clientFrame === null ? '' : `frame ${clientFrame} at the client`,
    serverFrame === null ? '' : `frame ${serverFrame} at the server`,
  ].filter((words) => words !== '').join(', ');
  const place: Place | null =
    clientFrame !== null ? { tap: 'client', frame: clientFrame } :
    serverFrame !== null ? { tap: 'server', frame: serverFrame } : null;
  return wrapItem('  ', `In the ${role}'s name (${at}): ${sent} (${confidence}), ${cause}.`, width).map((text) => ({
    text, place,
  }));
}

function road(taps: TwoTaps, pair: TapPair, width: number, paint: Paint): string[] {
  const mapping = mappingInWords(pair.mapping);
  const filters = filtersOf(taps, pair);
  const [client, server] = (['client', 'server'] as const).map((role) => hostInWords(role, pair.hosts[role]));
  return [
    paint('title', 'The road'),
    ...wrapItem('  ', `To the server: ${legInWords(pair.legs.client)}.`, width),
    ...wrapItem('  ', `To the client: ${legInWords(pair.legs.server)}.`, width),
    ...wrapItem('  ', `Behind the taps: ${client}; ${server}.`, width),
    ...(mapping === null ? [] : wrapItem('  ', `On the way: ${mapping}.`, width)),
    ...wrapItem('  ', `It is ${streamsOf(taps, pair)}, paired ${pairedBy(pair)}.`, width),
    '',
    paint('title', 'Wireshark filters'),
    ...TAPS.flatMap((tap) => wrapItem(`  ${fit(`at the ${tap}`, NAME)}  `, filters[tap], width)).map((line) =>
      paint('accent', line),
    ),
  ];
}
