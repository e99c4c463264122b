import { type FactGroup, type PairRow, type TapPair, type TwoTaps, summarize } from '../../between/between.js';
import { advice } from '../html/advice.js';
import { head } from '../html/head.js';
import { type Markup, markup } from '../html/markup.js';
import { type HtmlColumn, table } from '../html/table.js';
import { count, counted, socketAddress } from '../quantities.js';
import { adviceOf } from './advice.js';
import { pairLadder } from './ladder.js';
import {
  SAMPLES,
  clocksInWords,
  conclusion,
  filtersOf,
  findingName,
  mappingInWords,
  lostInWords,
  streamsOf,
  tapInWords,
  timeOf,
} from './words.js';

/** Reads the ladders of connections again, in one reading; `most` as `readPairLadders` has it. */
export type ReadPairs = (pairs: readonly TapPair[], most?: number) => Promise<readonly (readonly PairRow[])[]>;

/** Segments of a ladder: a page with more of each is slow to open. */
const MOST_SEGMENTS = 1000;

/** Both ends' captures as one page that needs nothing else, with the ladder of one connection for each kind of fact. */
export async function html(taps: TwoTaps, readPairs: ReadPairs): Promise<Iterable<string>> {
  const { groups } = summarize(taps);
  const samples = groups.map(({ pairs: [first] }) => first!.pair);
  const read = await readPairs(samples, MOST_SEGMENTS);
  const ladders = new Map(
    groups.map((group, index) => [
      group, [...pairLadder(taps, samples[index]!, read[index]!, { color: false, width: 130 })].join(''),
    ]),
  );
  return page(taps, groups, ladders);
}

function* page(
  taps: TwoTaps,
  groups: readonly FactGroup[],
  ladders: ReadonlyMap<FactGroup, string>,
): IterableIterator<string> {
  const { road, pairs, clientConnections } = summarize(taps);
  yield head(`lastack: both ends of ${counted(pairs, 'connection')}`);
  yield markup`<body>
<header><h1>Both ends</h1>
<p class="lead">${conclusion(taps, groups.length)}</p>
<dl class="facts">
<dt>client</dt><dd>${tapInWords(taps.client)}</dd>
<dt>server</dt><dd>${tapInWords(taps.server)}</dd>
<dt>clocks</dt><dd>${clocksInWords(taps.clocks, taps.client.clock).join('; ')}</dd>
<dt>at both</dt><dd>${count(pairs)} of ${counted(clientConnections, 'connection')} of the client's capture</dd>
<dt>lost</dt><dd>${lostInWords(road)}</dd>
</dl></header>
<main>
${groups.length > 0 && factsTable(taps, groups)}`.text;
  for (const group of groups) yield article(taps, group, ladders.get(group) ?? '').text;
  yield markup`${judgedTable(taps)}${unpairedTable(taps)}</main>
<footer>Made by lastack from the packets alone. Times are UTC, by the client's clock.</footer>
</body>
</html>
`.text;
}

function factsTable(taps: TwoTaps, groups: readonly FactGroup[]): Markup {
  const columns: readonly HtmlColumn<FactGroup>[] = [
    { header: 'severity', value: ({ severity }) => markup`<span class="severity ${severity}">${severity}</span>` },
    { header: 'what both show', names: true, value: ({ fact }) => fact },
    { header: 'service', value: ({ service }) => socketAddress(service) },
    { header: 'connections', kind: 'number', value: ({ pairs }) => count(pairs.length) },
    {
      header: 'first',
      value: ({ first }) => timeOf(taps.client.clock, first),
    },
    { header: 'how sure', value: ({ confidence }) => confidence },
  ];
  return markup`<section aria-labelledby="found"><h2 id="found">What only both show</h2>
${table('By service, worst first.', groups, columns)}</section>
`;
}

type Sample = FactGroup['pairs'][number];

/** What a NAT made of addresses and ports: most roads change nothing. */
const onTheWay: HtmlColumn<Sample> = {
  header: 'on the way', kind: 'prose', value: ({ pair }) => mappingInWords(pair.mapping) ?? '',
};

function article(taps: TwoTaps, { fact, service, pairs }: FactGroup, ladder: string): Markup {
  const shown = pairs.slice(0, SAMPLES);
  const columns: readonly HtmlColumn<Sample>[] = [
    { header: 'where', names: true, value: ({ pair }) => streamsOf(taps, pair) },
    {
      header: 'what both show',
      kind: 'prose',
      value: ({ fact: { message, confidence } }) => `${message}${confidence === 'certain' ? '' : ` (${confidence})`}`,
    },
    ...(shown.some(({ pair }) => mappingInWords(pair.mapping) !== null) ? [onTheWay] : []),
    { header: "client's capture", value: ({ pair }) => markup`<code>${filtersOf(taps, pair).client}</code>` },
    { header: "server's capture", value: ({ pair }) => markup`<code>${filtersOf(taps, pair).server}</code>` },
  ];
  return markup`<section><h3>${fact} at ${socketAddress(service)}</h3>
${advice([adviceOf(fact)])}${table(
  `${counted(pairs.length, 'connection')}, the first of them.`,
  shown,
  columns,
  `${fact} at ${socketAddress(service)}`,
)}
<div class="scroll" role="region" aria-label="ladder of ${fact} at ${socketAddress(service)}" tabindex="0"><pre>${ladder
    .split('\n')
    .map((line) => [
      line,
      markup`
`,
    ])}</pre></div></section>
`;
}

function judgedTable({ pairs }: TwoTaps): Markup | null {
  const all = pairs.flatMap(({ findings }) => findings);
  if (all.length === 0) return null;
  const columns: readonly HtmlColumn<(typeof all)[number]>[] = [
    { header: 'outcome', value: ({ outcome }) => outcome },
    { header: 'what one capture says', names: true, value: findingName },
    { header: 'how sure before', value: ({ finding }) => finding.confidence },
    { header: 'and now', value: ({ outcome, confidence }) => (outcome === 'refuted' ? '' : confidence) },
    { header: 'because', kind: 'prose', value: ({ because }) => because },
  ];
  return markup`<section aria-labelledby="judged"><h2 id="judged">What one capture says, and both</h2>
${table(`${counted(all.length, 'finding')} of single captures.`, all.slice(0, 200), columns)}</section>
`;
}

function unpairedTable({ unpaired, client }: TwoTaps): Markup | null {
  if (unpaired.length === 0) return null;
  const columns: readonly HtmlColumn<(typeof unpaired)[number]>[] = [
    { header: 'stream', names: true, value: ({ flow }) => String(client.connection(flow).stream) },
    {
      header: 'connection',
      value: ({ flow }) =>
        `${socketAddress(client.connection(flow).client)} > ${socketAddress(client.connection(flow).server)}`,
    },
    { header: 'what is known', kind: 'prose', value: ({ message }) => message },
    { header: 'how sure', value: ({ confidence }) => confidence },
  ];
  return markup`<section aria-labelledby="alone"><h2 id="alone">At the client's tap only</h2>
${table(counted(unpaired.length, 'connection'), unpaired.slice(0, 200), columns)}</section>
`;
}
