import type { Analysis, Diagnosis, Finding } from '../../analysis/model.js';
import { explainedBy } from '../explained.js';
import { inert, inertLines } from '../inert.js';
import type { Paint } from '../paint.js';
import { counted, socketAddress } from '../quantities.js';
import { hang, wrap } from '../wrap.js';
import { sample } from './groups.js';

/** Lines that diagnoses take before anything else. */
const MOST_LINES = 10;
/** Lines of `MOST_LINES` that diagnoses of severity info may take. */
const MOST_INFORMING = 2;
/** Columns of the severity at the left. */
const LABEL = 9;
/** Findings that it shows of those that it explains, and connections among which it looks for them. */
const SAMPLES = 2;
const MOST_SAMPLES = 20;
/** Diagnoses that have a paragraph. */
const MOST = 40;

/**
 * The diagnoses in a few lines: who, the number, and what to change first. The gravest ones whole; what does not fit is
 * counted.
 */
export function* lead(analysis: Analysis, paint: Paint, width: number): IterableIterator<string> {
  const { diagnoses } = analysis;
  let [room, told, informing] = [MOST_LINES, 0, 0];
  for (const diagnosis of diagnoses) {
    const { severity } = diagnosis;
    if (severity === 'info' && informing === MOST_INFORMING) break;
    const message = wrap(inert(diagnosis.message), width - LABEL);
    const [first] = diagnosis.advice;
    const advice = first === undefined || severity === 'info' ? [] : wrap(inertLines(first), width - LABEL - 2);
    // One line is kept for how many more there are, unless there are none.
    const left = room - (told + 1 < diagnoses.length ? 1 : 0);
    if (message.length > left) break;
    yield hang(paint(severity, severity.padEnd(LABEL)), LABEL, message);
    room -= message.length;
    told++;
    if (severity === 'info') informing++;
    if (advice.length > left - message.length) continue;
    if (advice.length > 0) yield hang(`${' '.repeat(LABEL)}> `, LABEL + 2, advice);
    room -= advice.length;
  }
  const more = diagnoses.length - told;
  if (more > 0) yield `${' '.repeat(LABEL)}… and ${counted(more, 'more diagnosis')} below\n`;
}

/**
 * A paragraph for each: what it rests on, all that can be changed, what would refute it, which findings it explains.
 */
export function* diagnosisSections(analysis: Analysis, paint: Paint, width: number): IterableIterator<string> {
  for (const diagnosis of analysis.diagnoses.slice(0, MOST)) {
    const { severity, service } = diagnosis;
    yield `\n${paint(severity, severity)}  ` +
      `${paint('heading', `${diagnosis.id}${service === null ? '' : ` at ${socketAddress(service)}`}`)}, ` +
      `${counted(diagnosis.flows, 'connection')} (${diagnosis.confidence})\n`;
    yield hang('    ', 4, wrap(inert(diagnosis.message), width - 4));
    yield '\n';
    for (const step of diagnosis.advice) yield hang('  > ', 4, wrap(inertLines(step), width - 4));
    const explained = explainedBy(analysis, diagnosis);
    if (explained !== '') yield hang(`  ${paint('quiet', 'Explains:')} `, 12, wrap(explained, width - 12));
    for (const finding of samplesOf(analysis, diagnosis)) yield* sample(analysis, finding, paint, width);
    yield hang(`  ${paint('quiet', 'Refuted by:')} `, 14, wrap(inert(diagnosis.refutes), width - 14));
    if (diagnosis.streams.length > 0)
      yield hang(`  ${paint('quiet', 'Wireshark:')} `, 13, wrap(filter(diagnosis), width - 13));
  }
  const more = analysis.diagnoses.length - MOST;
  if (more > 0) yield `\n… and ${counted(more, 'more diagnosis')}; -f ndjson has them all\n`;
}

/** The first findings that it explains, one of each kind: with their frames. */
function samplesOf(analysis: Analysis, diagnosis: Diagnosis): Finding[] {
  const found = new Map<string, Finding>();
  for (const flow of diagnosis.connections.slice(0, MOST_SAMPLES)) {
    for (const finding of analysis.findingsOf(flow)) {
      if (!found.has(finding.id) && analysis.explanationOf(finding) === diagnosis) found.set(finding.id, finding);
    }
  }
  return [...found.values()].slice(0, SAMPLES);
}

function filter({ streams }: Diagnosis): string {
  return streams.length === 1 ? `tcp.stream eq ${streams[0]}` : `tcp.stream in {${streams.join(', ')}}`;
}
