import { FindingIndex, flowsOf } from '../findings/finding-index.js';
import { grouped } from '../findings/grouping.js';
import type { Analysis, Connection, Finding } from '../analysis/model.js';
import { Endings, Standings } from '../tcp/endings.js';
import { compile } from './compile.js';
import type { Expression } from './expression.js';

/** A filter with the words it was written in. */
export interface Filter {
  readonly text: string;
  readonly expression: Expression;
}

/**
 * An analysis with only the connections that `filter` lets through, and their findings, groups, hosts and sockets.
 *
 * Ids stay those of the whole: `connection(id)` still answers for every one, and `findingsOf` for those let through.
 * Looks at every connection once (some microseconds each).
 */
export function filtered(analysis: Analysis, filter: Filter): Analysis {
  const passes = compile(filter.expression, analysis);
  const ids: number[] = [];
  const endings = new Endings();
  const standings = new Standings();
  const addresses = new Set<string>();
  const findings: Finding[] = [];
  /** Findings of many connections, and those let through that they do not stand with. */
  const crowds = new Map<Finding, number[]>();
  for (const connection of analysis.connections()) {
    const own = analysis.findingsOf(connection.id);
    if (!passes(connection, own)) continue;
    ids.push(connection.id);
    endings.add(connection.ending, 1, connection.firstFrame);
    if (own.length === 0) standings.count(connection);
    else standings.countFound(connection, own.every(({ severity }) => severity === 'info'));
    addresses.add(connection.client.address).add(connection.server.address);
    for (const finding of own) {
      if (finding.flow === connection.id) findings.push(finding);
      else if (crowds.has(finding)) crowds.get(finding)!.push(connection.id);
      else crowds.set(finding, [connection.id]);
    }
  }
  const index = new FindingIndex(findings);
  const { verdicts, doubts, well } = standings.result();
  tellOfOthers(crowds, findings, index);
  function* connections(): IterableIterator<Connection> {
    for (const id of ids) yield analysis.connection(id);
  }
  const { folded: _, ...shown } = analysis;
  const known = new Set(ids);
  return {
    ...shown,
    view: { filter: filter.text, of: analysis.view?.of ?? analysis.connectionCount },
    connectionCount: ids.length,
    endings: endings.counted(),
    verdicts,
    doubts,
    well,
    connections,
    findings,
    findingsOf: (id) => index.of(id).map((number) => findings[number]!),
    flowsOf: (number) => flowsOf(findings, index, number),
    groups: grouped(findings),
    diagnoses: analysis.diagnoses.filter((diagnosis) => diagnosis.connections.some((id) => known.has(id))),
    hosts: analysis.hosts.filter(({ address }) => addresses.has(address)),
    sockets: (time, flows) => analysis.sockets(time, flows === undefined ? ids : intersection(ids, flows)),
    withOptions: (changes) => filtered(analysis.withOptions(changes), filter),
  };
}

function intersection(ids: readonly number[], flows: Iterable<number>): number[] {
  const known = new Set(ids);
  return [...flows].filter((flow) => known.has(flow));
}

/** Findings that stand with a connection that was not let through come last. */
function tellOfOthers(crowds: ReadonlyMap<Finding, readonly number[]>, findings: Finding[], index: FindingIndex): void {
  const flows: number[] = [];
  const numbers: number[] = [];
  for (const [finding, others] of crowds) {
    let number = findings.indexOf(finding);
    if (number < 0) number = findings.push(finding) - 1;
    for (const flow of others) {
      flows.push(flow);
      numbers.push(number);
    }
  }
  index.addCrowd(flows, numbers);
}
