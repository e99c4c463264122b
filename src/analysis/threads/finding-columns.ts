import type { Finding } from '../../findings/index.js';

/**
 * Findings on their way to another thread: a list of each field. So the names of the fields are written once, and not
 * with every finding, which takes half the time: of 35,000 findings 75 ms where they leave and 90 where they arrive,
 * and not 170 and 160 (Node 20.20).
 */
export type FindingColumns = { readonly [Field in keyof Finding]: readonly Finding[Field][] };

export function toColumns(findings: readonly Finding[]): FindingColumns {
  const column = <Field extends keyof Finding>(field: Field): Finding[Field][] =>
    findings.map((finding) => finding[field]);
  return {
    id: column('id'),
    cause: column('cause'),
    severity: column('severity'),
    confidence: column('confidence'),
    alternatives: column('alternatives'),
    flow: column('flow'),
    stream: column('stream'),
    endpoint: column('endpoint'),
    role: column('role'),
    start: column('start'),
    end: column('end'),
    duration: column('duration'),
    frames: column('frames'),
    message: column('message'),
    advice: column('advice'),
    filter: column('filter'),
    evidence: column('evidence'),
    service: column('service'),
    // Findings over many connections are few, and rare here.
    ...(findings.some(({ others }) => others !== undefined) && { others: column('others') }),
  };
}

export function fromColumns(columns: FindingColumns): Finding[] {
  const {
    id, cause, severity, confidence, alternatives, flow, stream, endpoint, role, start, end, duration, frames, message,
    advice, filter, evidence, service, others,
  } = columns;
  const findings = id.map((name, at) => ({
    id: name, cause: cause[at]!, severity: severity[at]!, confidence: confidence[at]!, alternatives: alternatives[at]!,
    flow: flow[at]!, stream: stream[at]!, endpoint: endpoint[at]!, role: role[at]!,
    start: start[at]!, end: end[at]!, duration: duration[at]!, frames: frames[at]!,
    message: message[at]!, advice: advice[at]!, filter: filter[at]!, evidence: evidence[at]!, service: service[at]!,
  })) as Finding[];
  return others === undefined
    ? findings
    : findings.map((finding, at) => (others[at] === undefined ? finding : { ...finding, others: others[at] }));
}
