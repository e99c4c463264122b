import type { ConnectionId } from '../base/numbers.js';
import { lowerBound } from '../base/lower-bound.js';
import type { Finding } from './index.js';

/** Finds the findings of a connection. A column of connections in order: a list for each takes a hundred bytes. */
export class FindingIndex {
  /** Connections of the first findings, ascending. */
  private readonly flows: Uint32Array;
  /** Findings that came later, by connection. */
  private readonly later = new Map<number, number[]>();
  /** Connections of which a finding tells that stands with another one, ascending; and the number of that finding. */
  private told: Uint32Array = new Uint32Array(0);
  private tellers: Uint32Array = new Uint32Array(0);

  /** `findings` are in order of their connections. */
  constructor(findings: readonly Finding[]) {
    this.flows = new Uint32Array(findings.length);
    for (let number = 0; number < findings.length; number++) this.flows[number] = findings[number]!.flow;
  }

  /** Connection `flow` has finding `number`, too. */
  add(flow: ConnectionId, number: number): void {
    const list = this.later.get(flow);
    if (list) list.push(number);
    else this.later.set(flow, [number]);
  }

  /**
   * Further connections of findings that tell of many. `flows[i]` is one of finding `numbers[i]`; in no order. To be
   * called once.
   */
  addCrowd(flows: readonly number[], numbers: readonly number[]): void {
    const order = Uint32Array.from(flows.keys()).sort((a, b) => flows[a]! - flows[b]! || numbers[a]! - numbers[b]!);
    this.told = Uint32Array.from(order, (at) => flows[at]!);
    this.tellers = Uint32Array.from(order, (at) => numbers[at]!);
  }

  /**
   * Whether a finding stands with this connection: the one that a finding of many stands with is one of them, the
   * others are not.
   */
  has(flow: ConnectionId): boolean {
    return this.flows[first(this.flows, flow)] === flow || this.later.has(flow);
  }

  /** Whether a finding tells of this connection, wherever it stands. */
  isTold(flow: ConnectionId): boolean {
    return this.has(flow) || this.told[first(this.told, flow)] === flow;
  }

  /** All that tell of it, in their order. */
  of(flow: ConnectionId): number[] {
    const numbers: number[] = [];
    for (let number = first(this.flows, flow); this.flows[number] === flow; number++) numbers.push(number);
    const behind = this.later.get(flow);
    const crowd: number[] = [];
    for (let at = first(this.told, flow); this.told[at] === flow; at++) crowd.push(this.tellers[at]!);
    if (crowd.length === 0) return behind === undefined ? numbers : numbers.concat(behind);
    return numbers.concat([...new Set([...(behind ?? []), ...crowd])].sort((a, b) => a - b));
  }

  /** Further connections of finding `number`, ascending. */
  crowdOf(number: number): number[] {
    const flows: number[] = [];
    for (let at = 0; at < this.told.length; at++) if (this.tellers[at] === number) flows.push(this.told[at]!);
    return flows;
  }
}

/** The first place that is not before `flow`. */
function first(flows: Uint32Array, flow: number): number {
  return lowerBound(flows.length, (place) => flows[place]! < flow);
}

/** Connections that finding `number` tells of, ascending. */
export function flowsOf(findings: readonly Finding[], index: Pick<FindingIndex, 'crowdOf'>, number: number): number[] {
  const { flow, others } = findings[number]!;
  return others === undefined ? [flow] : [...index.crowdOf(number), flow].sort((a, b) => a - b);
}
