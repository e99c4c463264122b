import { type Fact, type TapPair, type TwoTaps, summarize } from '../../between/between.js';
import type { FactGroup } from '../../between/summary.js';
import { inert } from '../inert.js';
import { adviceOf } from './advice.js';
import { type Look, type Paint, painter } from '../paint.js';
import { count, counted, socketAddress, wallDate } from '../quantities.js';
import { type Column, table } from '../table.js';
import { hang, wrap } from '../wrap.js';
import {
  SAMPLES,
  clocksInWords,
  conclusion,
  filtersOf,
  findingName,
  legInWords,
  mappingInWords,
  lostInWords,
  streamsOf,
  tapInWords,
} from './words.js';

/** Columns of the labels at the left. */
const LABEL = 13;

/**
 * Both ends' captures for people: clocks, what was lost, what only both together show, and what became of each
 * capture's findings.
 */
export function* text(taps: TwoTaps, look: Look): IterableIterator<string> {
  const paint = painter(look.color);
  const summary = summarize(taps);
  const line = (label: string, value: string): string =>
    hang(paint('quiet', label.padEnd(LABEL)), LABEL, wrap(inert(value), look.width - LABEL));
  yield line('client', tapInWords(taps.client));
  yield line('server', tapInWords(taps.server));
  for (const [index, words] of clocksInWords(taps.clocks, taps.client.clock).entries())
    yield line(index === 0 ? 'clocks' : '', words);
  yield line('at both', connectionsInWords(taps));
  yield line('lost', lostInWords(summary.road));
  for (const tap of ['client', 'server'] as const) {
    if (taps.holes[tap] > 0)
      yield line(
        'missed',
        `the ${tap}'s capture has missed ${counted(taps.holes[tap], 'segment')}: what rests on absence from it is ` +
          `likely at most`,
      );
  }
  if (summary.groups.length > 0) yield* groups(taps, summary.groups, paint, look.width);
  yield* judged(taps, paint, look.width);
  yield* unpaired(taps, paint, look.width);
  yield `\n${hang('', 0, wrap(conclusion(taps, summary.groups.length), look.width))}`;
}

function connectionsInWords(taps: TwoTaps): string {
  const { pairs, clientConnections, serverConnections, translated } = summarize(taps);
  const changed = [
    translated.source > 0 ? `source of ${count(translated.source)}` : '',
    translated.destination > 0 ? `destination of ${count(translated.destination)}` : '',
    translated.sequences > 0 ? `sequence numbers of ${count(translated.sequences)}` : '',
  ].filter((words) => words !== '');
  return (
    `${count(pairs)} of ${counted(clientConnections, 'connection')} of the client's capture and ` +
    `${count(serverConnections)} of the server's` +
    (changed.length === 0 ? '' : `; on the way are changed the ${changed.join(', the ')}`)
  );
}

function* groups(taps: TwoTaps, all: readonly FactGroup[], paint: Paint, width: number): IterableIterator<string> {
  const columns: readonly Column<FactGroup>[] = [
    { header: 'severity', value: ({ severity }) => severity, meaning: ({ severity }) => severity },
    { header: 'what both show', value: ({ fact }) => fact },
    { header: 'service', value: ({ service }) => socketAddress(service) },
    { header: 'count', align: 'right', value: ({ pairs }) => count(pairs.length) },
    {
      header: 'first',
      value: ({ first }) => wallDate(taps.client.clock, first).slice(11),
    },
    { header: 'how sure', value: ({ confidence }) => confidence },
  ];
  yield '\n';
  yield* table(all, columns, paint);
  for (const { severity, fact, service, pairs } of all) {
    yield `\n${paint(severity, severity)}  ${paint('heading', fact)}  ${socketAddress(service)}\n`;
    for (const sample of pairs.slice(0, SAMPLES)) yield* one(taps, sample.pair, sample.fact, paint, width);
    if (pairs.length > SAMPLES) yield `  and ${count(pairs.length - SAMPLES)} more\n`;
    yield '\n';
    yield hang('  > ', 4, wrap(adviceOf(fact), width - 4));
  }
}

function* one(taps: TwoTaps, pair: TapPair, fact: Fact, paint: Paint, width: number): IterableIterator<string> {
  const fields = (label: string, value: string): string =>
    hang(`    ${paint('quiet', label.padEnd(LABEL - 2))}`, LABEL + 2, wrap(inert(value), width - LABEL - 2));
  yield hang(
    '  ',
    2,
    wrap(inert(fact.message) + (fact.confidence === 'certain' ? '' : ` (${fact.confidence})`), width - 2),
  );
  yield fields('where', streamsOf(taps, pair));
  const mapping = mappingInWords(pair.mapping);
  if (mapping !== null) yield fields('on the way', mapping);
  yield fields('to server', legInWords(pair.legs.client));
  yield fields('to client', legInWords(pair.legs.server));
  const filters = filtersOf(taps, pair);
  yield fields('Wireshark', `${filters.client} (client's capture), ${filters.server} (server's)`);
}

function* judged({ pairs }: TwoTaps, paint: Paint, width: number): IterableIterator<string> {
  const lines = new Map<string, { readonly because: string; number: number }>();
  for (const { findings } of pairs) {
    for (const one of findings) {
      const isChanged = one.outcome !== 'refuted' && one.confidence !== one.finding.confidence;
      const change = isChanged ? `, ${one.finding.confidence} before, now ${one.confidence}` : '';
      const key = `${one.outcome}  ${findingName(one)}${change}`;
      const known = lines.get(key);
      if (known === undefined)
        lines.set(key, { because: one.fact === null ? one.because : `${one.fact}, as above`, number: 1 });
      else known.number++;
    }
  }
  if (lines.size === 0) return;
  yield `\n${paint('heading', 'What one capture says, and both')}\n`;
  for (const [key, { because, number }] of [...lines].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    yield `  ${key}${number > 1 ? `, ${count(number)} times` : ''}\n`;
    yield hang('      ', 6, wrap(inert(because), width - 6));
  }
}

function* unpaired({ unpaired: all, client }: TwoTaps, paint: Paint, width: number): IterableIterator<string> {
  const shown = all.filter(({ what }) => what !== 'not-covered');
  if (all.length === 0) return;
  yield `\n${paint('heading', "At the client's tap only")}\n`;
  for (const { flow, message, confidence } of shown.slice(0, SAMPLES * 3)) {
    const { stream, client: from, server } = client.connection(flow);
    yield hang(
      `  stream ${stream}  `,
      4,
      wrap(
        `${socketAddress(from)} > ${socketAddress(server)}: ${inert(message)}` +
          (confidence === 'certain' ? '' : ` (${confidence})`),
        width - 4,
      ),
    );
  }
  if (shown.length > SAMPLES * 3) yield `  and ${count(shown.length - SAMPLES * 3)} more\n`;
  if (all.length > shown.length)
    yield `  ${counted(all.length - shown.length, 'connection')} when the server's tap was not capturing\n`;
}
