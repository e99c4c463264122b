import type { Change, Outcome, ServiceComparison } from '../compare/compare.js';
import { inert, inertJson } from './inert.js';
import { array } from './json.js';
import { escape } from './markdown.js';
import { type Look, type Meaning, painter } from './paint.js';
import { count, counted } from './quantities.js';
import { VERSION } from './record.js';
import { type Column, table } from './table.js';

/** Two captures compared, and how many connections each has. */
export interface Diff {
  readonly before: Side;
  readonly after: Side;
  readonly services: readonly ServiceComparison[];
}
interface Side {
  /** Path of the capture or report, as given on the command line. */
  readonly name: string;
  readonly flows: number;
}

export type DiffFormat = keyof typeof diffs;

/** Every format by its name on the command line. */
export const diffs = { text, json, markdown } as const satisfies Record<
  string,
  (diff: Diff, look: Look) => Iterable<string>
>;

const MEANINGS: Readonly<Record<Outcome, Meaning>> = {
  new: 'error', worse: 'error', same: 'quiet', better: 'info', gone: 'info', unseen: 'quiet',
};

function* text({ before, after, services }: Diff, look: Look): IterableIterator<string> {
  const paint = painter(look.color);
  yield `before  ${inert(before.name)}, ${counted(before.flows, 'connection')}\nafter   ${inert(after.name)}, ` +
    `${counted(after.flows, 'connection')}\n`;
  const columns: readonly Column<Change>[] = [
    { header: '  outcome', value: ({ outcome }) => `  ${outcome}`, meaning: ({ outcome }) => MEANINGS[outcome] },
    { header: 'severity', value: ({ severity }) => severity },
    { header: 'finding', value: nameOf },
    { header: 'before', align: 'right', value: ({ before: { flows } }) => count(flows) },
    { header: 'per 1,000', align: 'right', value: ({ before: { perThousand } }) => rate(perThousand) },
    { header: 'after', align: 'right', value: ({ after: { flows } }) => count(flows) },
    { header: 'per 1,000', align: 'right', value: ({ after: { perThousand } }) => rate(perThousand) },
  ];
  for (const service of services) {
    yield `\n${paint('heading', inert(service.service))}, ${traffic(service)}\n`;
    yield* table(service.changes, columns, paint);
  }
  yield `\n${verdict(services)}\n`;
}

function* json({ before, after, services }: Diff): IterableIterator<string> {
  yield `{"version":${VERSION},\n"before":${inertJson(before)},\n"after":${inertJson(after)},\n"services":`;
  yield* array(services, inertJson);
  yield '}\n';
}

function* markdown({ before, after, services }: Diff): IterableIterator<string> {
  yield `## What changed: ${verdict(services)}\n\nBefore: ${escape(before.name)}, ` +
    `${counted(before.flows, 'connection')}. After: ${escape(after.name)}, ${counted(after.flows, 'connection')}.\n`;
  for (const service of services) {
    yield `\n### ${escape(service.service)}\n\n${traffic(service)}\n\n`;
    yield '| outcome | severity | finding | before | per 1,000 | after | per 1,000 |\n| :--- | :--- | :--- | ---: | ' +
      '---: | ---: | ---: |\n';
    for (const change of service.changes) {
      const { outcome, severity, before: earlier, after: later } = change;
      yield `| ${outcome} | ${severity} | ${escape(nameOf(change))} | ${count(earlier.flows)} | ` +
        `${rate(earlier.perThousand)} | ${count(later.flows)} | ${rate(later.perThousand)} |\n`;
    }
  }
}

function nameOf({ finding, cause, isDiagnosis }: Change): string {
  return isDiagnosis === true
    ? `diagnosis: ${inert(finding)}`
    : inert(cause === null ? finding : `${finding} (${cause})`);
}

function traffic({ before, after }: ServiceComparison): string {
  return `${counted(before, 'connection')} before, ${count(after)} after`;
}

/** Three digits are enough; nothing where there was no connection to divide by. */
function rate(perThousand: number | null): string {
  return perThousand === null ? '' : String(Number(perThousand.toPrecision(3)));
}

/** `1 new, 2 worse, 3 gone` */
function verdict(services: readonly ServiceComparison[]): string {
  const outcomes = Object.keys(MEANINGS) as Outcome[];
  const changes = services.flatMap((service) => service.changes);
  const said = outcomes
    .map((outcome) => [outcome, changes.filter((change) => change.outcome === outcome).length] as const)
    .filter(([, number]) => number > 0);
  return said.length === 0
    ? 'nothing was found in either'
    : said.map(([outcome, number]) => `${count(number)} ${outcome}`).join(', ');
}
