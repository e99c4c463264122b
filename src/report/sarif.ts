import { pathToFileURL } from 'node:url';
import { isAbsolute } from 'node:path';
import type { Location, Log, ReportingDescriptor, Result, Run } from 'sarif';
import type { Analysis, Diagnosis, Finding, Group, Severity } from '../analysis/model.js';
import { diagnosisDetectors } from '../diagnoses/index.js';
import type { AnyKind } from '../findings/detector.js';
import { kinds } from '../findings/index.js';
import { version } from '../base/version.js';
import { type Choices, doubtFails, emptinessFails, isEmpty } from './choices.js';
import { actorOf, doerOf, unexplained } from './explained.js';
import { inertJson } from './inert.js';
import { array } from './json.js';
import type { Look } from './paint.js';
import { counted, socketAddress } from './quantities.js';
import { doubtsOf, noTcp } from './well.js';

/** GitHub takes 25,000 results a run and shows 5,000; worst come first. */
const MOST_RESULTS = 25_000;
/** Sample connections of each result, besides the first. */
const MOST_RELATED = 10;

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error', warning: 'warning', info: 'note',
};

/**
 * SARIF 2.1.0, for code scanning: a rule for each diagnosis, and for each finding and cause; a result for each
 * diagnosis, then for each group of equal findings. A capture has no lines: a location is the file and line 1 (what
 * GitHub asks for), the frames stand in the message and in `properties`.
 */
export function* sarif(analysis: Analysis, _look: Look, choices: Choices): IterableIterator<string> {
  const known = rules();
  const indices = new Map(known.map(({ id }, index) => [id, index]));
  const driver: Run['tool']['driver'] = { name: 'lastack', semanticVersion: version(), rules: known };
  const opening: Omit<Log, 'runs'> = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0' };
  yield `${inertJson(opening).slice(0, -1)},"runs":[{"tool":{"driver":${inertJson(driver)}},\n"results":`;
  const told = [
    ...standing(analysis, choices), ...analysis.diagnoses.map((diagnosis) => diagnosed(analysis, diagnosis, choices)),
  ];
  const results = function* (): IterableIterator<Result> {
    yield* told;
    for (const group of analysis.groups) yield result(analysis, group, choices.isNew);
  };
  yield* array(take(results(), MOST_RESULTS), (each) => inertJson(indexed(each, indices)));
  const { partial } = analysis.capture;
  const invocations: Run['invocations'] = [
    { executionSuccessful: false, exitCodeDescription: 'reading was interrupted: the rest is not in this report' },
  ];
  yield partial === true ? `,\n"invocations":${inertJson(invocations)}}]}\n` : '}]}\n';
}

function* take<T>(items: Iterable<T>, most: number): IterableIterator<T> {
  let left = most;
  for (const item of items) {
    if (left-- <= 0) return;
    yield item;
  }
}

/** What the capture itself lacks: it proves nothing, or not of all its connections. */
const STANDING: readonly ReportingDescriptor[] = [
  {
    id: 'no-tcp', shortDescription: { text: 'No TCP connection' },
    fullDescription: { text: 'The capture has no TCP connection, and proves nothing.' },
    help: helpOf('Was the capture taken at the right place, with the right filter? --allow-empty lets it pass.'),
    defaultConfiguration: { level: 'error' },
  },
  {
    id: 'unknown', shortDescription: { text: 'Connections of which nothing is known' },
    fullDescription: { text: 'Connections that neither closed, nor go on, and of which nothing was found.' },
    help: helpOf('lastack report --filter "verdict unknown" lists them; --allow-unknown lets them pass.'),
    defaultConfiguration: { level: 'warning' },
  },
];

function helpOf(text: string): { text: string; markdown: string } {
  return { text: literal(text), markdown: literal(`${text}\n`) };
}

function standing(analysis: Analysis, choices: Choices): Result[] {
  const doubts = doubtsOf(analysis);
  const result = (ruleId: string, level: 'error' | 'warning' | 'note', text: string, flows: number): Result => ({
    ruleId, level, message: { text: literal(text) },
    locations: [
      { physicalLocation: { artifactLocation: { uri: uriOf(fileOf(analysis, 1)) }, region: { startLine: 1 } } },
    ],
    occurrenceCount: flows, partialFingerprints: { 'capture/v1': ruleId },
  });
  return [
    ...(isEmpty(analysis)
      ? [result('no-tcp', emptinessFails(analysis, choices) ? 'error' : 'note', noTcp(analysis), 1)]
      : []),
    ...(doubts === ''
      ? []
      : [
          result(
            'unknown', doubtFails(analysis, choices) ? 'warning' : 'note', `${doubts}.`,
            analysis.verdicts.get('unknown') ?? 1,
          ),
        ]),
  ];
}

function diagnosed(analysis: Analysis, diagnosis: Diagnosis, { isNewDiagnosis }: Choices): Result {
  const { id, severity, service, by, message, advice, flows, streams, confidence, explains, numbers } = diagnosis;
  const place = service === null ? by.address : socketAddress(service);
  return {
    ruleId: `diagnosis/${id}`, level: LEVELS[severity],
    message: { text: literal([message, ...advice.slice(0, 1)].join(' ')) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(fileOf(analysis, firstFrame(analysis, diagnosis))) }, region: { startLine: 1 },
        },
        logicalLocations: [{ fullyQualifiedName: place, kind: 'resource' }],
      },
    ],
    occurrenceCount: Math.max(flows, 1), partialFingerprints: { 'diagnosis/v1': `${id}@${place}` },
    ...(isNewDiagnosis !== null && {
      baselineState: isNewDiagnosis(diagnosis) ? ('new' as const) : ('unchanged' as const),
    }),
    properties: {
      streams: [...streams], confidence, by: actorOf(diagnosis), explains: [...explains], numbers: { ...numbers },
    },
  };
}

/** First frame of a diagnosis's first connection that is still kept. */
function firstFrame(analysis: Analysis, { connections: [id] }: Diagnosis): number {
  try {
    return id === undefined ? 1 : analysis.connection(id).firstFrame;
  } catch {
    return 1; // no longer kept
  }
}

function indexed(result: Result, indices: ReadonlyMap<string, number>): Result {
  const ruleIndex = indices.get(result.ruleId ?? '');
  return ruleIndex === undefined ? result : { ...result, ruleIndex };
}

function rules(): ReportingDescriptor[] {
  return [
    ...STANDING,
    ...diagnosisDetectors.map(({ id, title }): ReportingDescriptor => ({
      id: `diagnosis/${id}`, shortDescription: { text: literal(title) },
      fullDescription: { text: literal(`${title}; see \`lastack explain ${id}\`.`) },
      help: helpOf(`lastack explain ${id} has its page: what it looks like, what to change, what would refute it.`),
      defaultConfiguration: { level: 'warning' },
    })),
    ...findingRules(),
  ];
}

function findingRules(): ReportingDescriptor[] {
  const all: readonly AnyKind[] = kinds;
  return all.flatMap(({ id, title, rfc, severities, advice }) =>
    Object.entries(severities).map(([cause, severity]): ReportingDescriptor => ({
      id: ruleId(id, cause === '' ? null : cause),
      shortDescription: { text: literal(cause === '' ? title : `${title}: ${cause}`) },
      fullDescription: {
        text: literal(`${title}${cause === '' ? '' : `, cause ${cause}`}; see ${rfc} and \`lastack explain ${id}\`.`),
      },
      help: {
        text: literal((advice[cause] ?? []).join('\n') || title),
        markdown: literal(`${(advice[cause] ?? []).map((step) => `- ${step}`).join('\n') || title}\n`),
      },
      defaultConfiguration: { level: LEVELS[severity] },
    })),
  );
}

function ruleId(finding: string, cause: string | null): string {
  return cause === null ? finding : `${finding}/${cause}`;
}

function result(analysis: Analysis, group: Group, isNew: Choices['isNew']): Result {
  const { finding, cause, severity, service, flows, findings } = group;
  const samples = findings.slice(0, MOST_RELATED + 1).flatMap((index) => analysis.findings[index] ?? []);
  const [example, ...others] = samples;
  const id = ruleId(finding, cause);
  return {
    ruleId: id, level: LEVELS[severity],
    message: {
      text: literal(
        `${counted(flows, 'connection')} to ${socketAddress(service)}: ${id}. ${example === undefined ? '' : told(example)}`.trimEnd(),
      ),
    },
    locations: example === undefined ? [] : [location(analysis, group, example)],
    ...(others.length > 0 && {
      relatedLocations: others.map((other, at) => ({
        id: at + 1, ...location(analysis, group, other), message: { text: literal(told(other)) },
      })),
    }),
    occurrenceCount: Math.max(flows, 1), partialFingerprints: { 'group/v1': `${id}@${socketAddress(service)}` },
    ...(isNew !== null && { baselineState: isNew(group) ? ('new' as const) : ('unchanged' as const) }),
    ...(example !== undefined && {
      properties: {
        streams: [...group.streams], frames: [...example.frames], filter: example.filter,
        confidence: example.confidence, by: doerOf(analysis, group), ...explanation(analysis, group),
      },
    }),
  };
}

/** The diagnoses that explain all of a group, or some of it. */
function explanation(analysis: Analysis, group: Group): { explainedBy?: string[] } {
  const { by } = unexplained(analysis, group);
  return by.size === 0 ? {} : { explainedBy: [...by] };
}

function told({ stream, message, frames }: Finding): string {
  return `Stream ${stream}, frames ${frames.join(', ')}: ${message}`;
}

/** Braces stand for placeholders in SARIF's messages, unless they are doubled (§3.11.5). */
function literal(text: string): string {
  return text.replace(/[{}]/g, '$&$&');
}

function location(analysis: Analysis, { service }: Group, { frames }: Finding): Location {
  return {
    physicalLocation: { artifactLocation: { uri: uriOf(fileOf(analysis, frames[0] ?? 1)) }, region: { startLine: 1 } },
    logicalLocations: [{ fullyQualifiedName: socketAddress(service), kind: 'resource' }],
  };
}

/** The file that holds a frame; of files that overlap in time, the one that began last before it. */
function fileOf({ capture }: Analysis, frame: number): string {
  const { files } = capture;
  const holder =
    files.findLast(({ frames }) => frames !== null && frames.first <= frame && frame <= frames.last) ?? files[0];
  return holder === undefined || holder.path === '-' ? 'stdin' : holder.path;
}

/** RFC 3986: relative where the path is, so that it means the same in the repository. */
function uriOf(path: string): string {
  if (isAbsolute(path)) return pathToFileURL(path).href;
  // A path may hold half a surrogate pair, which no URI can.
  return Buffer.from(path).toString().split(/[/\\]/).map(encodeURIComponent).join('/');
}
