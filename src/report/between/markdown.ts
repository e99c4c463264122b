import { type TwoTaps, summarize } from '../../between/between.js';
import { escape } from '../markdown.js';
import { count, counted, socketAddress } from '../quantities.js';
import {
  clocksInWords,
  conclusion,
  filtersOf,
  findingName,
  lostInWords,
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
    yield "\n| connection | what both show | client's capture | server's capture |\n| :--- | :--- | :--- | :--- |\n";
    for (const { pair, fact } of groups.flatMap((group) => group.pairs.slice(0, 3)).slice(0, MOST)) {
      const filters = filtersOf(taps, pair);
      yield (
        `| ${escape(streamsOf(taps, pair))} | ${escape(fact.message)} | ${escape(filters.client)} | ` +
        `${escape(filters.server)} |\n`
      );
    }
  }
  const judged = taps.pairs.flatMap(({ findings }) => findings);
  if (judged.length > 0) {
    yield '\n| outcome | what one capture says | before | now | because |\n| :--- | :--- | :--- | :--- | :--- |\n';
    for (const one of judged.slice(0, MOST))
      yield (
        `| ${one.outcome} | ${escape(findingName(one))} | ${one.finding.confidence} | ` +
        `${one.outcome === 'refuted' ? '' : one.confidence} | ${escape(one.because)} |\n`
      );
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
