import { pathToFileURL } from 'node:url';
import { isAbsolute } from 'node:path';
import type { Location, Log, ReportingDescriptor, Result, Run } from 'sarif';
import type { Analysis, Finding, Group, Severity } from '../analysis/model.js';
import type { AnyKind } from '../findings/detector.js';
import { kinds } from '../findings/index.js';
import { version } from '../base/version.js';
import type { Choices } from './choices.js';
import { inertJson } from './inert.js';
import { array } from './json.js';
import type { Look } from './paint.js';
import { counted, socketAddress } from './quantities.js';

/** GitHub takes 25,000 results a run and shows 5,000; worst come first. */
const MOST_RESULTS = 25_000;
/** Sample connections of each result, besides the first. */
const MOST_RELATED = 10;

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = { error: 'error', warning: 'warning', info: 'note' };

/**
 * SARIF 2.1.0, for code scanning: a rule for each finding and cause, a result for each group of equal findings.
 * A capture has no lines: a location is the file and line 1 (what GitHub asks for), the frames stand in the message and in `properties`.
 */
export function* sarif(analysis: Analysis, _look: Look, { isNew }: Choices): IterableIterator<string> {
  const known = rules();
  const indices = new Map(known.map(({ id }, index) => [id, index]));
  const driver: Run['tool']['driver'] = { name: 'lastack', semanticVersion: version(), rules: known };
  const opening: Omit<Log, 'runs'> = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0' };
  yield `${inertJson(opening).slice(0, -1)},"runs":[{"tool":{"driver":${inertJson(driver)}},\n"results":`;
  yield* array(analysis.groups.slice(0, MOST_RESULTS), (group) => inertJson(result(analysis, group, indices, isNew)));
  const { partial } = analysis.capture;
  const invocations: Run['invocations'] = [{ executionSuccessful: false, exitCodeDescription: 'reading was interrupted: the rest is not in this report' }];
  yield partial === true ? `,\n"invocations":${inertJson(invocations)}}]}\n` : '}]}\n';
}

function rules(): ReportingDescriptor[] {
  const all: readonly AnyKind[] = kinds;
  return all.flatMap(({ id, title, rfc, severities, advice }) => Object.entries(severities).map(([cause, severity]): ReportingDescriptor => ({
    id: ruleId(id, cause === '' ? null : cause),
    shortDescription: { text: literal(cause === '' ? title : `${title}: ${cause}`) },
    fullDescription: { text: literal(`${title}${cause === '' ? '' : `, cause ${cause}`}; see ${rfc} and \`lastack explain ${id}\`.`) },
    help: {
      text: literal((advice[cause] ?? []).join('\n') || title),
      markdown: literal(`${(advice[cause] ?? []).map((step) => `- ${step}`).join('\n') || title}\n`),
    },
    defaultConfiguration: { level: LEVELS[severity] },
  })));
}

function ruleId(finding: string, cause: string | null): string {
  return cause === null ? finding : `${finding}/${cause}`;
}

function result(analysis: Analysis, group: Group, indices: ReadonlyMap<string, number>, isNew: Choices['isNew']): Result {
  const { finding, cause, severity, service, flows, findings } = group;
  const samples = findings.slice(0, MOST_RELATED + 1).flatMap((index) => analysis.findings[index] ?? []);
  const [example, ...others] = samples;
  const id = ruleId(finding, cause);
  const index = indices.get(id);
  return {
    ruleId: id,
    ...(index !== undefined && { ruleIndex: index }),
    level: LEVELS[severity],
    message: { text: literal(`${counted(flows, 'connection')} to ${socketAddress(service)}: ${id}. ${example === undefined ? '' : told(example)}`.trimEnd()) },
    locations: example === undefined ? [] : [location(analysis, group, example)],
    ...(others.length > 0 && { relatedLocations: others.map((other, at) => ({ id: at + 1, ...location(analysis, group, other), message: { text: literal(told(other)) } })) }),
    occurrenceCount: Math.max(flows, 1),
    partialFingerprints: { 'group/v1': `${id}@${socketAddress(service)}` },
    ...(isNew !== null && { baselineState: isNew(group) ? 'new' as const : 'unchanged' as const }),
    ...(example !== undefined && { properties: { streams: [...group.streams], frames: [...example.frames], filter: example.filter, confidence: example.confidence } }),
  };
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
  const holder = files.findLast(({ frames }) => frames !== null && frames.first <= frame && frame <= frames.last) ?? files[0];
  return holder === undefined || holder.path === '-' ? 'stdin' : holder.path;
}

/** RFC 3986: relative where the path is, so that it means the same in the repository. */
function uriOf(path: string): string {
  if (isAbsolute(path)) return pathToFileURL(path).href;
  // A path may hold half a surrogate pair, which no URI can.
  return Buffer.from(path).toString().split(/[/\\]/).map(encodeURIComponent).join('/');
}
