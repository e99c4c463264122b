import type { Address, Analysis, Diagnosis, Finding, Group } from '../analysis/model.js';
import { diagnosisDetectors } from '../diagnoses/index.js';
import { kinds } from '../findings/index.js';
import { type Choices, diagnosisFails, doubtFails, emptinessFails, fails, isEmpty } from './choices.js';
import { withoutCrowd } from './crowd.js';
import { counted, socketAddress } from './quantities.js';
import { inertLines } from './inert.js';
import type { Look } from './paint.js';
import { NO_TCP, doubtsOf } from './well.js';

/** Findings told of each group. */
const MOST_SAMPLES = 5;

/**
 * JUnit XML, as CI servers read it: what the capture itself is good for, then a test case for each kind of diagnosis, then a test suite for each
 * service and in it a test case for each kind of finding, which fails where the finding reaches `--fail-on` (and is new, where there is a
 * baseline). What was found and is no failure stands in its output.
 */
export function* junit(analysis: Analysis, _look: Look, choices: Choices): IterableIterator<string> {
  const services = servicesOf(analysis);
  const isFailure = (group: Group): boolean => fails(analysis, group, choices);
  const capture = captureCases(analysis, choices);
  const diagnoses = diagnosisDetectors.map(({ id, title }) => diagnosisCase(`${id}: ${title}`, analysis.diagnoses.filter((diagnosis) => diagnosis.id === id), choices));
  const [errors, failures] = [capture.filter(({ error }) => error !== undefined).length, [...capture, ...diagnoses].filter(({ failure }) => failure !== undefined).length];
  // The worst first: those that fail, then those with a finding, each in the order of the capture.
  const rank = (groups: readonly Group[]): number => (groups.some(isFailure) ? 0 : groups.length > 0 ? 1 : 2);
  const all = [...services];
  const { each, together } = withoutCrowd(all.length > 1 ? all.map((entry) => ({ entry, rank: rank(entry[1]) })).sort((a, b) => a.rank - b.rank).map(({ entry }) => entry) : all);
  const shown = together.length === 0 ? all : each;
  const others = together.flatMap(([, groups]) => groups);
  // Of very many services only what was found is a case: what was not would be most of the report.
  const casesOf = (groups: readonly Group[]): typeof kinds => (together.length === 0 ? kinds : kinds.filter(({ id }) => groups.some(({ finding }) => finding === id)));
  const tests = capture.length + diagnoses.length + shown.reduce((sum, [, groups]) => sum + casesOf(groups).length, 0) + (together.length > 0 ? kinds.length : 0);
  const failing = failures + failingCases(shown.flatMap(([, groups]) => groups).filter(isFailure)) + failingKinds(others.filter(isFailure));
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites name="lastack" tests="${tests}" failures="${failing}" errors="${errors}">\n`;
  yield* suite('capture', capture);
  yield* suite('diagnoses', diagnoses);
  for (const [name, groups] of shown) {
    yield `  <testsuite name="${xml(name)}" tests="${casesOf(groups).length}" failures="${failingCases(groups.filter(isFailure))}" errors="0">\n`;
    for (const { id, title } of casesOf(groups)) yield testCase(analysis, name, `${id}: ${title}`, groups.filter(({ finding }) => finding === id), choices);
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

/** A test that is of no service. */
interface Case {
  readonly name: string;
  readonly error?: string;
  readonly failure?: string;
  /** What is told where it does not fail. */
  readonly output?: string;
}

/** What a capture must be so that the rest means something: nothing is proven by half of one, by none, and by connections of which nothing is known. */
function captureCases(analysis: Analysis, choices: Choices): Case[] {
  const doubts = doubtsOf(analysis);
  return [
    { name: 'read to its end', ...(analysis.capture.partial === true && { error: 'reading was interrupted: the rest is not in this report' }) },
    { name: 'has TCP connections', ...(isEmpty(analysis) && (emptinessFails(analysis, choices) ? { failure: NO_TCP } : { output: NO_TCP })) },
    { name: 'something is known of every connection', ...(doubts !== '' && (doubtFails(analysis, choices) ? { failure: `${doubts}.` } : { output: `${doubts}.` })) },
  ];
}

function diagnosisCase(name: string, diagnoses: readonly Diagnosis[], choices: Choices): Case {
  const failing = diagnoses.filter((diagnosis) => diagnosisFails(diagnosis, choices));
  const others = diagnoses.filter((diagnosis) => !failing.includes(diagnosis));
  return { name, ...(failing.length > 0 && { failure: said(failing) }), ...(others.length > 0 && { output: said(others) }) };
}

function said(diagnoses: readonly Diagnosis[]): string {
  return diagnoses.map(({ severity, message, advice }) => [`${severity}: ${message}`, ...advice.map((step) => `> ${step}`)].join('\n')).join('\n');
}

function* suite(name: string, cases: readonly Case[]): IterableIterator<string> {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  yield `  <testsuite name="${name}" tests="${cases.length}" failures="${failures}" errors="${cases.filter(({ error }) => error !== undefined).length}">\n`;
  for (const { name: test, error, failure, output } of cases) {
    const told = [
      ...(error === undefined ? [] : [`      <error type="interrupted" message="${xml(error)}"/>\n`]),
      ...(failure === undefined ? [] : [`      <failure type="${xml(name)}" message="${xml(failure.split('\n', 1)[0]!)}">${xml(failure)}</failure>\n`]),
      ...(output === undefined ? [] : [`      <system-out>${xml(output)}</system-out>\n`]),
    ];
    const head = `    <testcase classname="${name}" name="${xml(test)}"`;
    yield told.length === 0 ? `${head}/>\n` : `${head}>\n${told.join('')}    </testcase>\n`;
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
  const failures = groups.filter((group) => fails(analysis, group, choices)).map((group) =>
    `      <failure type="${xml(nameOf(group))}" message="${xml(`${nameOf(group)}: ${counted(group.flows, 'connection')}`)}">${xml(told(analysis, group))}</failure>\n`);
  const others = groups.filter((group) => !fails(analysis, group, choices)).map((group) =>
    `      <system-out>${xml(`${group.severity}: ${nameOf(group)}: ${counted(group.flows, 'connection')}\n${told(analysis, group)}`)}</system-out>\n`);
  return `${head}>\n${failures.join('')}${others.join('')}    </testcase>\n`;
}

function nameOf({ finding, cause }: Group): string {
  return cause === null ? finding : `${finding}/${cause}`;
}

function told(analysis: Analysis, { findings }: Group): string {
  const samples = findings.slice(0, MOST_SAMPLES).flatMap((index) => analysis.findings[index] ?? []);
  const lines = samples.map((finding) => `stream ${finding.stream}: ${finding.message}${explained(analysis, finding)}`);
  const more = findings.length - samples.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : []), ...(samples[0]?.advice.map((step) => `> ${step}`) ?? [])].join('\n');
}

function explained(analysis: Analysis, finding: Finding): string {
  const explanation = analysis.explanationOf(finding);
  return explanation === null ? '' : ` (explained by ${explanation.id})`;
}

/** Text for an element or an attribute. Of what XML 1.0 cannot hold at all (§2.2), `inertLines` leaves the two noncharacters. */
export function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return inertLines(text).replace(/[\uFFFE\uFFFF]/g, '\uFFFD').replace(/[&<>"]/g, (character) => entities[character] ?? '');
}
