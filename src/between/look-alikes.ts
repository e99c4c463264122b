import { ACK } from '../decode/segment.js';
import { type Secrets, anySeed, secretsOf, settle, stir } from '../flow/identity/hash.js';
import type { SegmentLog } from './segment-log.js';

/** Who made a capture may not choose what collides. */
const SECRETS: Secrets = secretsOf(anySeed());
const NONE = -1;
/** Slots of a table for each row in it. */
const ROOM = 2;

/** What the segments of one end at one tap look like: their numbers as the client's tap has them. */
export interface Look {
  readonly log: SegmentLog;
  /** What sequence and acknowledgment numbers are higher by than at the client's tap. */
  readonly sequence: number;
  readonly acknowledgment: number;
}

/** Takes rows of the client's log and rows of the server's that look the same, each in order. */
export type TakeAlike = (ours: readonly number[], theirs: readonly number[]) => void;

/**
 * Hands on the segments that look the same at both taps, group by group: the same numbers, flags and length, whatever
 * boxes on the way do to addresses and ports; with `stamped` the same timestamp, too. Rows that have a match are left
 * out. What stands alone at both taps, as most does, goes to `single` and makes no object.
 */
export function joinAlike(
  ours: Int32Array,
  our: Look,
  theirs: Int32Array,
  their: Look,
  stamped: boolean,
  single: (ours: number, theirs: number) => void,
  several: TakeAlike,
): void {
  if (ours.length === 0 || theirs.length === 0) return;
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(theirs.length * ROOM))).fill(NONE);
  // Chains of places that look the same: of theirs behind the first of them, of ours behind the same first.
  const nextOfTheirs = new Int32Array(theirs.length).fill(NONE);
  const lastOfTheirs = new Int32Array(theirs.length);
  for (let place = 0; place < theirs.length; place++) {
    const row = theirs[place]!;
    if (their.log.match[row] !== NONE) continue;
    const slot = slotOf(slots, theirs, their, their, row, stamped);
    const first = slots[slot]!;
    if (first === NONE) slots[slot] = place;
    else nextOfTheirs[lastOfTheirs[first]!] = place;
    lastOfTheirs[first === NONE ? place : first] = place;
  }
  const firstOfOurs = new Int32Array(theirs.length).fill(NONE);
  const lastOfOurs = new Int32Array(theirs.length);
  const nextOfOurs = new Int32Array(ours.length).fill(NONE);
  /** The first of theirs of each group, in the order in which ours begin. */
  const groups = new Int32Array(Math.min(ours.length, theirs.length));
  let count = 0;
  for (let place = 0; place < ours.length; place++) {
    const row = ours[place]!;
    if (our.log.match[row] !== NONE) continue;
    const first = slots[slotOf(slots, theirs, their, our, row, stamped)]!;
    if (first === NONE) continue;
    if (firstOfOurs[first] === NONE) {
      firstOfOurs[first] = place;
      groups[count++] = first;
    } else nextOfOurs[lastOfOurs[first]!] = place;
    lastOfOurs[first] = place;
  }
  for (let index = 0; index < count; index++) {
    const first = groups[index]!;
    const place = firstOfOurs[first]!;
    if (nextOfTheirs[first] === NONE && nextOfOurs[place] === NONE) single(ours[place]!, theirs[first]!);
    else several(chain(ours, nextOfOurs, place), chain(theirs, nextOfTheirs, first));
  }
}

/** The slot of the rows that look like `row`, or a free one. */
function slotOf(slots: Int32Array, rows: Int32Array, one: Look, other: Look, row: number, stamped: boolean): number {
  const mask = slots.length - 1;
  let slot = hashOf(other, row, stamped) & mask;
  while (slots[slot] !== NONE && !isAlike(one, rows[slots[slot]!]!, other, row, stamped)) slot = (slot + 1) & mask;
  return slot;
}

function hashOf(look: Look, row: number, stamped: boolean): number {
  const { log } = look;
  const isStamped = stamped && log.hasTimestamps[row] === 1;
  return settle(
    (stir(sequenceOf(look, row), SECRETS[0]) + stir(acknowledgmentOf(look, row), SECRETS[1]) +
      stir(log.length[row]! ^ (log.flags[row]! << 24), SECRETS[2]) +
      stir(isStamped ? log.timestamp[row]! : 0, SECRETS[3])) | 0,
  );
}

function isAlike(one: Look, row: number, other: Look, otherRow: number, stamped: boolean): boolean {
  const [log, otherLog] = [one.log, other.log];
  return (
    sequenceOf(one, row) === sequenceOf(other, otherRow) &&
    acknowledgmentOf(one, row) === acknowledgmentOf(other, otherRow) &&
    log.length[row] === otherLog.length[otherRow] &&
    log.flags[row] === otherLog.flags[otherRow] &&
    (!stamped ||
      (log.hasTimestamps[row] === otherLog.hasTimestamps[otherRow] &&
        (log.hasTimestamps[row] === 0 || log.timestamp[row] === otherLog.timestamp[otherRow])))
  );
}

function sequenceOf({ log, sequence }: Look, row: number): number {
  return (log.sequence[row]! - sequence) | 0;
}

function acknowledgmentOf({ log, acknowledgment }: Look, row: number): number {
  return (log.flags[row]! & ACK) === 0 ? 0 : (log.acknowledgment[row]! - acknowledgment) | 0;
}

function chain(rows: Int32Array, next: Int32Array, first: number): number[] {
  const found: number[] = [];
  for (let place = first; place !== NONE; place = next[place]!) found.push(rows[place]!);
  return found;
}
