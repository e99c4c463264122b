import { lowerBound } from '../base/lower-bound.js';
import type { Finding } from './index.js';

/** Finds the findings of a connection. A column of connections in order: a list for each takes a hundred bytes. */
export class FindingIndex {
  private readonly findings: readonly Finding[];
  /** Connections of the first findings, ascending. */
  private readonly flows: Uint32Array;
  /** Findings that came later, by connection. */
  private readonly later = new Map<number, Finding[]>();

  /** `findings` are in order of their connections. */
  constructor(findings: readonly Finding[]) {
    this.findings = findings;
    this.flows = new Uint32Array(findings.length);
    for (let number = 0; number < findings.length; number++) this.flows[number] = findings[number]!.flow;
  }

  /** Its connection has `finding`, too, behind all that it has. */
  add(finding: Finding): void {
    const list = this.later.get(finding.flow);
    if (list) list.push(finding);
    else this.later.set(finding.flow, [finding]);
  }

  has(flow: number): boolean {
    return this.flows[this.first(flow)] === flow || this.later.has(flow);
  }

  /** In their order. */
  of(flow: number): Finding[] {
    const found: Finding[] = [];
    for (let number = this.first(flow); this.flows[number] === flow; number++) found.push(this.findings[number]!);
    return found.concat(this.later.get(flow) ?? []);
  }

  /** The first finding of a connection that is not before `flow`. */
  private first(flow: number): number {
    return lowerBound(this.flows.length, (number) => this.flows[number]! < flow);
  }
}
