import type { Address, Analysis, Group } from '../analysis/model.js';
import { kinds } from '../findings/index.js';
import { type Choices, fails } from './choices.js';
import { withoutCrowd } from './crowd.js';
import { counted, socketAddress } from './quantities.js';
import { inertLines } from './inert.js';
import type { Look } from './paint.js';

/** Findings told of each group. */
const MOST_SAMPLES = 5;

/** A report of half a capture must not look as if all had passed. */
const INTERRUPTED = `  <testsuite name="capture" tests="1" failures="0" errors="1">
    <testcase classname="capture" name="read to its end">
      <error type="interrupted" message="reading was interrupted: the rest is not in this report"/>
    </testcase>
  </testsuite>
`;

/**
 * JUnit XML, as CI servers read it: a test suite for each service and in it a test case for each kind of finding, which fails where the
 * finding reaches `--fail-on` (and is new, where there is a baseline). What was found and is no failure stands in its output.
 */
export function* junit(analysis: Analysis, _look: Look, choices: Choices): IterableIterator<string> {
  const services = servicesOf(analysis);
  const isFailure = (group: Group): boolean => fails(group, choices);
  const partial = analysis.capture.partial === true ? 1 : 0;
  // The worst first: those that fail, then those with a finding, each in the order of the capture.
  const rank = (groups: readonly Group[]): number => (groups.some(isFailure) ? 0 : groups.length > 0 ? 1 : 2);
  const all = [...services];
  const { each, together } = withoutCrowd(all.length > 1 ? all.map((entry) => ({ entry, rank: rank(entry[1]) })).sort((a, b) => a.rank - b.rank).map(({ entry }) => entry) : all);
  const shown = together.length === 0 ? all : each;
  const others = together.flatMap(([, groups]) => groups);
  const tests = shown.length * kinds.length + (together.length > 0 ? kinds.length : 0) + partial;
  const failures = failingCases(shown.flatMap(([, groups]) => groups).filter(isFailure)) + failingKinds(others.filter(isFailure));
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites name="lastack" tests="${tests}" failures="${failures}" errors="${partial}">\n`;
  if (partial === 1) yield INTERRUPTED;
  for (const [name, groups] of shown) {
    yield `  <testsuite name="${xml(name)}" tests="${kinds.length}" failures="${failingCases(groups.filter(isFailure))}" errors="0">\n`;
    for (const { id, title } of kinds) yield testCase(analysis, name, `${id}: ${title}`, groups.filter(({ finding }) => finding === id), choices);
    yield '  </testsuite>\n';
  }
  if (together.length > 0) yield* suiteOfOthers(together.length, others, isFailure);
  yield '</testsuites>\n';
}

/** All services beyond those that are told one by one: a case for each kind of finding, with how many there are. */
function* suiteOfOthers(services: number, groups: readonly Group[], isFailure: (group: Group) => boolean): IterableIterator<string> {
  const name = xml(counted(services, 'other service'));
  yield `  <testsuite name="${name}" tests="${kinds.length}" failures="${failingKinds(groups.filter(isFailure))}" errors="0">\n`;
  for (const { id, title } of kinds) {
    const own = groups.filter(({ finding }) => finding === id);
    const head = `    <testcase classname="${name}" name="${xml(`${id}: ${title}`)}"`;
    const words = xml(`${counted(own.reduce((sum, { flows }) => sum + flows, 0), 'connection')} at ${counted(own.length, 'service')}`);
    if (own.length === 0) yield `${head}/>\n`;
    else if (own.some(isFailure)) yield `${head}>\n      <failure type="${id}" message="${words}"></failure>\n    </testcase>\n`;
    else yield `${head}>\n      <system-out>${words}</system-out>\n    </testcase>\n`;
  }
  yield '  </testsuite>\n';
}

function failingKinds(groups: readonly Group[]): number {
  return new Set(groups.map(({ finding }) => finding)).size;
}

/** Every service with its groups, in order of its first connection. */
function servicesOf(analysis: Analysis): Map<string, Group[]> {
  const services = new Map<string, Group[]>();
  const groupsOf = (service: Address): Group[] => {
    const name = socketAddress(service);
    const known = services.get(name) ?? [];
    services.set(name, known);
    return known;
  };
  for (const { server } of analysis.connections()) groupsOf(server);
  for (const group of analysis.groups) groupsOf(group.service).push(group);
  return services;
}

/** Groups of one service and finding are one case, whatever their causes. */
function failingCases(groups: readonly Group[]): number {
  return new Set(groups.map(({ finding, service }) => `${finding} ${socketAddress(service)}`)).size;
}

function testCase(analysis: Analysis, service: string, name: string, groups: readonly Group[], choices: Choices): string {
  const head = `    <testcase classname="${xml(service)}" name="${xml(name)}"`;
  if (groups.length === 0) return `${head}/>\n`;
  const failures = groups.filter((group) => fails(group, choices)).map((group) =>
    `      <failure type="${xml(nameOf(group))}" message="${xml(`${nameOf(group)}: ${counted(group.flows, 'connection')}`)}">${xml(told(analysis, group))}</failure>\n`);
  const others = groups.filter((group) => !fails(group, choices)).map((group) =>
    `      <system-out>${xml(`${group.severity}: ${nameOf(group)}: ${counted(group.flows, 'connection')}\n${told(analysis, group)}`)}</system-out>\n`);
  return `${head}>\n${failures.join('')}${others.join('')}    </testcase>\n`;
}

function nameOf({ finding, cause }: Group): string {
  return cause === null ? finding : `${finding}/${cause}`;
}

function told(analysis: Analysis, { findings }: Group): string {
  const samples = findings.slice(0, MOST_SAMPLES).flatMap((index) => analysis.findings[index] ?? []);
  const lines = samples.map(({ stream, message }) => `stream ${stream}: ${message}`);
  const more = findings.length - samples.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : []), ...(samples[0]?.advice.map((step) => `> ${step}`) ?? [])].join('\n');
}

/** Text for an element or an attribute. Of what XML 1.0 cannot hold at all (§2.2), `inertLines` leaves the two noncharacters. */
export function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return inertLines(text).replace(/[\uFFFE\uFFFF]/g, '\uFFFD').replace(/[&<>"]/g, (character) => entities[character] ?? '');
}
