import type { Analysis, Time } from '../../analysis/model.js';
import { SECOND, formatTime } from '../../base/time.js';
import type { Course } from '../../overview/overview.js';
import { doubt } from '../doubt.js';
import { inert } from '../inert.js';
import { lasting, socketAddress } from '../quantities.js';
import type { Anchors } from './anchors.js';
import type { Carried } from './client/carried.js';
import { ladderFigure } from './ladder.js';
import type { Listed } from './listed.js';
import { carried, packed } from './packed.js';
import type { Samples } from './samples.js';
import { groupName } from './words.js';

/** Ladders packed together: what is taken apart when one is asked for. */
const LADDERS_A_PACK = 24;
/** Characters of all packs, so that a browser still has the page at once. */
const MOST_CHARACTERS = 3_000_000;

/**
 * What the page carries for its script: every finding in a line, the ladders of as many as there is room for, and when
 * all began.
 */
export function* carriage(
  analysis: Analysis,
  listed: readonly Listed[],
  samples: Samples,
  anchors: Anchors,
  course: Course,
  nameOf: (path: string) => string,
): IterableIterator<string> {
  let characters = 0;
  let pack: string[] = [];
  let packs = 0;
  const places: number[] = [];
  const write = (): string => {
    const text = packed(pack);
    characters += text.text.length;
    pack = [];
    return carried(`ladders-${packs++}`, text);
  };
  let drawn = 0;
  for (const [index, { finding }] of listed.entries()) {
    const rows = samples.rows.get(finding.flow);
    if (rows === undefined || rows.length === 0 || characters > MOST_CHARACTERS) {
      places.push(-1);
      continue;
    }
    pack.push(
      ladderFigure({ finding, connection: analysis.connection(finding.flow), rows }, `ladder-of-${index}`).text,
    );
    places.push(drawn++);
    if (pack.length === LADDERS_A_PACK) yield write();
  }
  if (pack.length > 0) yield write();
  yield carried('carried', packed(lines(analysis, listed, places, anchors, course, nameOf)));
}

function lines(
  analysis: Analysis,
  listed: readonly Listed[],
  ladders: readonly number[],
  anchors: Anchors,
  course: Course,
  nameOf: (path: string) => string,
): Carried {
  const { clock, groups, capture } = analysis;
  const seconds = (time: Time): number => Math.round((time - (capture.first ?? 0)) / (SECOND / 1e6)) / 1e6;
  const used = [...new Set(listed.map(({ place }) => place))].sort((a, b) => a - b);
  const order = new Map(used.map((place, index) => [place, index]));
  return {
    first: Number(formatTime(clock, capture.first ?? 0)),
    lasting: seconds(capture.last ?? 0),
    files: capture.files.map(({ path }) => inert(nameOf(path))),
    groups: used.map((place) => {
      const group = groups[place]!;
      return {
        anchor: anchors.group(group),
        name: inert(groupName(group)),
        severity: group.severity,
        finding: group.finding,
        cause: group.cause,
        service: inert(socketAddress(group.service)),
        findings: group.findings.length,
      };
    }),
    leftOut: groups.reduce((sum, group) => sum + group.findings.length, 0) - listed.length,
    ladders: LADDERS_A_PACK,
    lines: listed.map(({ finding, place }, index) => {
      const { client, start } = analysis.connection(finding.flow);
      return [
        order.get(place)!,
        finding.stream,
        inert(socketAddress(client)),
        finding.role,
        formatTime(clock, start),
        seconds(finding.start),
        Math.round(finding.duration / 1000) / 1e6,
        lasting(finding.duration),
        inert(finding.message + doubt(finding)),
        ladders[index]!,
      ];
    }),
    stretches: course.stretches,
    course: Object.fromEntries(
      [...course.counts].map(([name, counts]) => [
        name,
        [...counts.entries()].filter(([, number]) => number > 0).flat(),
      ]),
    ),
  };
}
