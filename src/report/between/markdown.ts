import { type JudgedFinding, type Tap, type TapPair, type TwoTaps, summarize } from '../../between/between.js';
import type { Confidence } from '../../analysis/model.js';
import type { ConnectionId } from '../../base/numbers.js';
import { connectionMarkdown, escape, step } from '../markdown.js';
import { adviceOf } from './advice.js';
import { count, counted, socketAddress } from '../quantities.js';
import {
  SAMPLES,
  clocksInWords,
  conclusion,
  filtersOf,
  findingName,
  legInWords,
  lostInWords,
  mappingInWords,
  streamsOf,
  tapInWords,
  timeOf,
} from './words.js';

/** Connections listed of each table. */
const MOST = 20;

/** Both ends' captures for pull requests and tickets. */
export function* markdown(taps: TwoTaps): IterableIterator<string> {
  const { groups, road, pairs, clientConnections } = summarize(taps);
  yield `## Both ends: ${escape(conclusion(taps, groups.length))}\n\n`;
  yield (
    `Client: ${escape(tapInWords(taps.client))}. Server: ${escape(tapInWords(taps.server))}. Clocks: ` +
    `${escape(clocksInWords(taps.clocks, taps.client.clock).join('; '))}. ` +
    `${count(pairs)} of ${counted(clientConnections, 'connection')} of the client's capture were found in the ` +
    `server's. ` +
    `Lost: ${lostInWords(road)}.\n`
  );
  if (groups.length > 0) {
    yield (
      '\n| severity | what both show | service | count | first | how sure |\n| :--- | :--- | :--- | ---: | ' +
      ':--- | :--- |\n'
    );
    for (const { severity, fact, service, pairs: all, confidence, first } of groups) {
      yield (
        `| ${severity} | ${fact} | ${escape(socketAddress(service))} | ${count(all.length)} | ` +
        `${timeOf(taps.client.clock, first)} | ${confidence} |\n`
      );
    }
    for (const fact of new Set(groups.map((group) => group.fact)))
      yield `\n**${escape(fact)}**\n\n${step(adviceOf(fact))}`;
    yield "\n| connection | what both show | client's capture | server's capture |\n| :--- | :--- | :--- | :--- |\n";
    for (const { pair, fact } of groups.flatMap((group) => group.pairs.slice(0, SAMPLES)).slice(0, MOST)) {
      const filters = filtersOf(taps, pair);
      yield (
        `| ${escape(streamsOf(taps, pair))} | ${escape(fact.message)} | ${escape(filters.client)} | ` +
        `${escape(filters.server)} |\n`
      );
    }
  }
  const judged = taps.pairs.flatMap(({ findings }) => findings);
  if (judged.length > 0) {
    yield `\n${judgedTable(judged.slice(0, MOST))}`;
    if (judged.length > MOST) yield `\nand ${count(judged.length - MOST)} more\n`;
  }
  const { unpaired, client } = taps;
  if (unpaired.length > 0) {
    yield "\n| at the client's tap only | |\n| :--- | :--- |\n";
    for (const { flow, message } of unpaired.slice(0, MOST)) {
      const connection = client.connection(flow);
      const ends = escape(`${socketAddress(connection.client)} > ${socketAddress(connection.server)}`);
      yield `| stream ${connection.stream}, ${ends} | ${escape(message)} |\n`;
    }
    if (unpaired.length > MOST) yield `\nand ${count(unpaired.length - MOST)} more\n`;
  }
}

function judgedTable(judged: readonly JudgedFinding[]): string {
  const rows = judged.map(
    (one) =>
      `| ${one.outcome} | ${escape(findingName(one))} | ${one.finding.confidence} | ` +
      `${one.outcome === 'refuted' ? '' : one.confidence} | ${escape(one.because)} |\n`,
  );
  return (
    '| outcome | what one capture says | before | now | because |\n| :--- | :--- | :--- | :--- | :--- |\n' +
    rows.join('')
  );
}

/** One connection, to be put into an issue or a chat: what both captures show of it, and what to do. */
export function pairMarkdown(taps: TwoTaps, pair: TapPair): string {
  const { atClient } = pair.mapping;
  const ends = `${socketAddress(atClient.client)} to ${socketAddress(atClient.server)}`;
  const filters = filtersOf(taps, pair);
  const mapping = mappingInWords(pair.mapping);
  const facts = pair.facts.map(
    ({ id, severity, confidence, message, frames }) =>
      `\n**${severity}** ${escape(id)}, ${confidence}: ${escape(message)}\n\n${framesInWords(frames)}` +
      step(adviceOf(id)),
  );
  const said = [
    `To the server: ${legInWords(pair.legs.client)}.`,
    `To the client: ${legInWords(pair.legs.server)}.`,
    ...(mapping === null ? [] : [`On the way: ${mapping}.`]),
  ];
  return (
    `### ${escape(`${streamsOf(taps, pair)}: ${ends}`)}\n` +
    (facts.length === 0 ? `\n${escape(pair.verdict)}\n` : facts.join('')) +
    (pair.findings.length === 0 ? '' : `\n${judgedTable(pair.findings)}`) +
    `\n${escape(said.join(' '))}\n\n` +
    `Client's capture: \`${filters.client}\`; server's: \`${filters.server}\`\n`
  );
}

function framesInWords(frames: TapPair['facts'][number]['frames']): string {
  const told = (['client', 'server'] as const)
    .filter((tap) => frames[tap].length > 0)
    .map((tap) => `${frames[tap].join(', ')} of the ${tap}'s capture`);
  return told.length === 0 ? '' : `Frames ${told.join('; ')}.\n\n`;
}

/** A connection that one capture alone has. */
export function aloneMarkdown(taps: TwoTaps, tap: Tap, flow: ConnectionId): string {
  const known = tap === 'client' ? taps.unpaired.find((one) => one.flow === flow) : undefined;
  const message = known === undefined ? '' : ` ${known.message}${doubt(known)}`;
  const analysis = taps[tap];
  const where = `At the ${tap}'s tap only.${message}`;
  return `${connectionMarkdown(analysis, analysis.connection(flow))}\n${escape(where)}\n`;
}

function doubt({ confidence }: { readonly confidence: Confidence }): string {
  return confidence === 'certain' ? '' : ` (${confidence})`;
}
