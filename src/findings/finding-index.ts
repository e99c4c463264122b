import { lowerBound } from '../base/lower-bound.js';
import type { Finding } from './finding.js';

/** Tells the findings of a connection by their numbers. A column of connections in order: a list for each takes a hundred bytes. */
export class FindingIndex {
  /** Connections of the first findings, ascending. */
  private readonly flows: Uint32Array;
  /** Findings that came later, by connection. */
  private readonly later = new Map<number, number[]>();

  /** `findings` are in order of their connections. */
  constructor(findings: readonly Finding[]) {
    this.flows = new Uint32Array(findings.length);
    for (let number = 0; number < findings.length; number++) this.flows[number] = findings[number]!.flow;
  }

  /** Connection `flow` has finding `number`, too. */
  add(flow: number, number: number): void {
    const list = this.later.get(flow);
    if (list) list.push(number);
    else this.later.set(flow, [number]);
  }

  has(flow: number): boolean {
    return this.flows[this.first(flow)] === flow || this.later.has(flow);
  }

  /** In their order. */
  of(flow: number): number[] {
    const numbers: number[] = [];
    for (let number = this.first(flow); this.flows[number] === flow; number++) numbers.push(number);
    return numbers.concat(this.later.get(flow) ?? []);
  }

  /** The first finding of a connection that is not before `flow`. */
  private first(flow: number): number {
    return lowerBound(this.flows.length, (number) => this.flows[number]! < flow);
  }
}
