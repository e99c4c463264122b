import type { Analysis, Diagnosis, Finding, Group } from '../analysis/model.js';
import { diagnosisDetectors } from '../diagnoses/index.js';
import { kinds } from '../findings/index.js';
import { type Choices, diagnosisFails, doubtFails, emptinessFails, fails, isEmpty } from './choices.js';
import { withoutCrowd } from './crowd.js';
import { counted, socketAddress } from './quantities.js';
import { inertLines } from './inert.js';
import type { Look } from './paint.js';
import { doubtsOf, noTcp } from './well.js';

/** Findings told of each group. */
const MOST_SAMPLES = 5;

/**
 * JUnit XML, as CI servers read it: what the capture itself is good for, then a test case for each kind of diagnosis
 * that was made, then a test suite for each service of which something was found and in it a test case for each kind of
 * finding, which fails where the finding reaches `--fail-on` (and is new, where there is a baseline). What was found
 * and is no failure stands in its output; what was not found is no case.
 */
export function* junit(analysis: Analysis, _look: Look, choices: Choices): IterableIterator<string> {
  const isFailure = (group: Group): boolean => fails(analysis, group, choices);
  const capture = captureCases(analysis, choices);
  const made = diagnosisDetectors.map(({ id, title }) => ({
    id, title, diagnoses: analysis.diagnoses.filter((diagnosis) => diagnosis.id === id),
  }));
  const diagnoses = made
    .filter((kind) => kind.diagnoses.length > 0)
    .map(({ id, title, diagnoses: own }) => diagnosisCase(`${id}: ${title}`, own, choices));
  const [errors, failures] = [
    capture.filter(({ error }) => error !== undefined).length,
    [...capture, ...diagnoses].filter(({ failure }) => failure !== undefined).length,
  ];
  // The worst first: those that fail, then the others, each in the order of the report.
  const all = [...servicesOf(analysis)]
    .map((entry) => ({ entry, rank: entry[1].some(isFailure) ? 0 : 1 }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry);
  const { each, together } = withoutCrowd(all);
  const others = together.flatMap(([, groups]) => groups);
  const tests =
    capture.length + diagnoses.length + each.reduce((sum, [, groups]) => sum + casesOf(groups).length, 0) +
    casesOf(others).length;
  const failing =
    failures + failingCases(each.flatMap(([, groups]) => groups).filter(isFailure)) +
    failingKinds(others.filter(isFailure));
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites name="lastack" tests="${tests}" failures="${failing}" errors="${errors}">\n`;
  yield* suite('capture', capture);
  if (diagnoses.length > 0) yield* suite('diagnoses', diagnoses);
  for (const [name, groups] of each) {
    yield `  <testsuite name="${xml(name)}" tests="${casesOf(groups).length}" ` +
      `failures="${failingCases(groups.filter(isFailure))}" errors="0">\n`;
    for (const { id, title } of casesOf(groups))
      yield testCase(
        analysis, name, `${id}: ${title}`, groups.filter(({ finding }) => finding === id), choices,
      );
    yield '  </testsuite>\n';
  }
  if (together.length > 0) yield* suiteOfOthers(together.length, others, isFailure);
  yield '</testsuites>\n';
}

/** The kinds of finding that some groups have, in the order of the registry. */
function casesOf(groups: readonly Group[]): typeof kinds {
  return kinds.filter(({ id }) => groups.some(({ finding }) => finding === id));
}

/**
 * All services beyond those that are told one by one: a case for each kind of finding that they have, with how many
 * there are.
 */
function* suiteOfOthers(
  services: number, groups: readonly Group[], isFailure: (group: Group) => boolean,
): IterableIterator<string> {
  const name = xml(counted(services, 'other service'));
  yield `  <testsuite name="${name}" tests="${casesOf(groups).length}" ` +
    `failures="${failingKinds(groups.filter(isFailure))}" errors="0">\n`;
  for (const { id, title } of casesOf(groups)) {
    const own = groups.filter(({ finding }) => finding === id);
    const head = `    <testcase classname="${name}" name="${xml(`${id}: ${title}`)}"`;
    const words = xml(`${counted(own.reduce((sum, { flows }) => sum + flows, 0), 'connection')} at ` +
      counted(own.length, 'service'));
    if (own.some(isFailure))
      yield `${head}>\n      <failure type="${id}" message="${words}"></failure>\n    </testcase>\n`;
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

/**
 * What a capture must be so that the rest means something: nothing is proven by half of one, by none, and by
 * connections of which nothing is known.
 */
function captureCases(analysis: Analysis, choices: Choices): Case[] {
  const doubts = doubtsOf(analysis);
  return [
    {
      name: 'read to its end',
      ...(analysis.capture.partial === true && { error: 'reading was interrupted: the rest is not in this report' }),
    },
    {
      name: 'has TCP connections',
      ...(isEmpty(analysis) &&
        (emptinessFails(analysis, choices) ? { failure: noTcp(analysis) } : { output: noTcp(analysis) })),
    },
    {
      name: 'something is known of every connection',
      ...(doubts !== '' && (doubtFails(analysis, choices) ? { failure: `${doubts}.` } : { output: `${doubts}.` })),
    },
  ];
}

function diagnosisCase(name: string, diagnoses: readonly Diagnosis[], choices: Choices): Case {
  const failing = diagnoses.filter((diagnosis) => diagnosisFails(diagnosis, choices));
  const others = diagnoses.filter((diagnosis) => !failing.includes(diagnosis));
  return {
    name, ...(failing.length > 0 && { failure: said(failing) }), ...(others.length > 0 && { output: said(others) }),
  };
}

function said(diagnoses: readonly Diagnosis[]): string {
  return diagnoses
    .map(({ severity, message, advice }) =>
      [`${severity}: ${message}`, ...advice.map((step) => `> ${step}`)].join('\n'),
    )
    .join('\n');
}

function* suite(name: string, cases: readonly Case[]): IterableIterator<string> {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  yield `  <testsuite name="${name}" tests="${cases.length}" failures="${failures}" ` +
    `errors="${cases.filter(({ error }) => error !== undefined).length}">\n`;
  for (const { name: test, error, failure, output } of cases) {
    const told = [
      ...(error === undefined ? [] : [`      <error type="interrupted" message="${xml(error)}"/>\n`]),
      ...(failure === undefined
        ? []
        : [
            `      <failure type="${xml(name)}" message="${xml(failure.split('\n', 1)[0]!)}">` +
              `${xml(failure)}</failure>\n`,
          ]),
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

/** Every service of which something was found, with its groups, in order of its worst. */
function servicesOf(analysis: Analysis): Map<string, Group[]> {
  const services = new Map<string, Group[]>();
  for (const group of analysis.groups) {
    const name = socketAddress(group.service);
    const known = services.get(name);
    if (known === undefined) services.set(name, [group]);
    else known.push(group);
  }
  return services;
}

/** Groups of one service and finding are one case, whatever their causes. */
function failingCases(groups: readonly Group[]): number {
  return new Set(groups.map(({ finding, service }) => `${finding} ${socketAddress(service)}`)).size;
}

function testCase(
  analysis: Analysis, service: string, name: string, groups: readonly Group[], choices: Choices,
): string {
  const head = `    <testcase classname="${xml(service)}" name="${xml(name)}"`;
  const failures = groups.filter((group) => fails(analysis, group, choices)).map((group) =>
    `      <failure type="${xml(nameOf(group))}" ` +
      `message="${xml(`${nameOf(group)}: ${counted(group.flows, 'connection')}`)}">` +
      `${xml(told(analysis, group))}</failure>\n`);
  const others = groups
    .filter((group) => !fails(analysis, group, choices))
    .map(
      (group) =>
        `      <system-out>` +
        `${xml(`${group.severity}: ${nameOf(group)}: ${counted(group.flows, 'connection')}\n${told(analysis, group)}`)}</system-out>\n`,
    );
  return `${head}>\n${failures.join('')}${others.join('')}    </testcase>\n`;
}

function nameOf({ finding, cause }: Group): string {
  return cause === null ? finding : `${finding}/${cause}`;
}

function told(analysis: Analysis, { findings }: Group): string {
  const samples = findings.slice(0, MOST_SAMPLES).flatMap((index) => analysis.findings[index] ?? []);
  const lines = samples.map((finding) => `stream ${finding.stream}: ${finding.message}${explained(analysis, finding)}`);
  const more = findings.length - samples.length;
  return [
    ...lines, ...(more > 0 ? [`and ${more} more`] : []), ...(samples[0]?.advice.map((step) => `> ${step}`) ?? []),
  ].join('\n');
}

function explained(analysis: Analysis, finding: Finding): string {
  const explanation = analysis.explanationOf(finding);
  return explanation === null ? '' : ` (explained by ${explanation.id})`;
}

/**
 * Text for an element or an attribute. Of what XML 1.0 cannot hold at all (§2.2), `inertLines` leaves the two
 * noncharacters.
 */
export function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return inertLines(text)
    .replace(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replace(/[&<>"]/g, (character) => entities[character] ?? '');
}
