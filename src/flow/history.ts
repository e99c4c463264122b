import type { Segment } from '../decode/segment.js';
import type { Time } from '../time.js';
import { grown } from './columns.js';

const FIRST_CAPACITY = 4096;
export const NO_RECORD = -1;

/** Marks of a record beside its TCP flags. */
export const SERVER_TALKS = 1;
/** Sequence numbers already sent: a retransmission or a probe. */
export const REPEAT = 2;
/** One byte or none, one below the next to be sent: a keepalive or window probe. */
export const PROBE = 4;
/** Sent by another incarnation of the tuple and told here because this one heard it. */
export const FOREIGN = 8;
export const HAS_TIMESTAMPS = 16;
/** Its first SACK block lies at or below its acknowledgment: the listener reports a duplicate (RFC 2883). */
export const DUPLICATE_SACK = 32;
export const DONT_FRAGMENT = 64;
/** IPv6: there is no IP ID. */
export const NO_IP_ID = 128;

/** Note of a segment that carries nothing but a TLS alert. */
export const CLOSE_NOTIFY = 'TLS alert';

/** One telling segment, taken out of the history. Refilled, never kept. */
export class TellingSegment {
  frame = 0;
  time: Time = 0;
  /** 0 the client talks, 1 the server. */
  talker = 0;
  flags = 0;
  marks = 0;
  sequence = 0;
  acknowledgment = 0;
  length = 0;
  window = 0;
  ipId = 0;
  ttl = 0;
  trafficClass = 0;
  timestampValue = 0;
  timestampEcho = 0;
  /** Highest SACK edge; `acknowledgment` where there is none. */
  sackHighest = 0;
  /** How many segments in a row the peer had left unanswered with this one; 0 for a first transmission. */
  repeats = 0;
  /** Text or bytes that a RST carried; empty otherwise. */
  note = '';
}

/**
 * Telling segments of all connections: columns, a row each, chained from the last one back.
 *
 * The record of a connection is written in order but for its running rows (the latest data, the latest ACK…), which are
 * overwritten in place while nothing telling happens; so a reader sorts by frame.
 */
export class History {
  count = 0;
  private earlier = new Int32Array(FIRST_CAPACITY);
  private frame = new Uint32Array(FIRST_CAPACITY);
  private time = new Float64Array(FIRST_CAPACITY);
  private flags = new Uint16Array(FIRST_CAPACITY);
  private marks = new Uint8Array(FIRST_CAPACITY);
  private sequence = new Int32Array(FIRST_CAPACITY);
  private acknowledgment = new Int32Array(FIRST_CAPACITY);
  private length = new Int32Array(FIRST_CAPACITY);
  private window = new Uint16Array(FIRST_CAPACITY);
  private ipId = new Uint16Array(FIRST_CAPACITY);
  private ttl = new Uint8Array(FIRST_CAPACITY);
  private trafficClass = new Uint8Array(FIRST_CAPACITY);
  private timestampValue = new Int32Array(FIRST_CAPACITY);
  private timestampEcho = new Int32Array(FIRST_CAPACITY);
  private sackHighest = new Int32Array(FIRST_CAPACITY);
  private repeats = new Uint16Array(FIRST_CAPACITY);
  /** Payloads of RSTs: rare, so not a column. */
  private readonly notes = new Map<number, string>();

  /** A new row behind `previous` (the connection's last one, or NO_RECORD); its segment is written by `write`. */
  append(previous: number): number {
    const row = this.count++;
    if (row === this.frame.length) this.grow();
    this.earlier[row] = previous;
    return row;
  }

  write(row: number, segment: Segment, frame: number, time: Time, marks: number, repeats: number): void {
    this.frame[row] = frame;
    this.time[row] = time;
    this.flags[row] = segment.flags;
    this.sequence[row] = segment.sequence;
    this.acknowledgment[row] = segment.acknowledgment;
    this.length[row] = segment.length;
    this.window[row] = segment.window;
    this.ttl[row] = segment.ttl;
    this.trafficClass[row] = segment.trafficClass;
    this.repeats[row] = repeats;
    if (segment.ipId >= 0) this.ipId[row] = segment.ipId;
    else marks |= NO_IP_ID;
    if (segment.dontFragment !== 0) marks |= DONT_FRAGMENT;
    if (segment.hasTimestamps !== 0) {
      marks |= HAS_TIMESTAMPS;
      this.timestampValue[row] = segment.timestampValue;
      this.timestampEcho[row] = segment.timestampEcho;
    }
    this.sackHighest[row] = segment.acknowledgment;
    if (segment.sackCount > 0) {
      if (((segment.sackRight - segment.acknowledgment) | 0) <= 0) marks |= DUPLICATE_SACK;
      this.sackHighest[row] = segment.sackHighest;
    }
    this.marks[row] = marks;
  }

  annotate(row: number, note: string): void {
    this.notes.set(row, note);
  }

  /** Copies the chain that ends in `last` into `into`, in order of frames; answers how many rows there are. */
  load(last: number, into: TellingSegment[]): number {
    let count = 0;
    for (let row = last; row !== NO_RECORD; row = this.earlier[row]!) {
      if (count === into.length) into.push(new TellingSegment());
      this.read(row, into[count]!);
      count++;
    }
    sortByFrame(into, count);
    return count;
  }

  private read(row: number, into: TellingSegment): void {
    into.frame = this.frame[row]!;
    into.time = this.time[row]!;
    into.flags = this.flags[row]!;
    into.marks = this.marks[row]!;
    into.talker = into.marks & SERVER_TALKS;
    into.sequence = this.sequence[row]!;
    into.acknowledgment = this.acknowledgment[row]!;
    into.length = this.length[row]!;
    into.window = this.window[row]!;
    into.ipId = this.ipId[row]!;
    into.ttl = this.ttl[row]!;
    into.trafficClass = this.trafficClass[row]!;
    into.timestampValue = this.timestampValue[row]!;
    into.timestampEcho = this.timestampEcho[row]!;
    into.sackHighest = this.sackHighest[row]!;
    into.repeats = this.repeats[row]!;
    into.note = this.notes.size === 0 ? '' : (this.notes.get(row) ?? '');
  }

  private grow(): void {
    const capacity = this.frame.length * 2;
    this.earlier = grown(this.earlier, capacity);
    this.frame = grown(this.frame, capacity);
    this.time = grown(this.time, capacity);
    this.flags = grown(this.flags, capacity);
    this.marks = grown(this.marks, capacity);
    this.sequence = grown(this.sequence, capacity);
    this.acknowledgment = grown(this.acknowledgment, capacity);
    this.length = grown(this.length, capacity);
    this.window = grown(this.window, capacity);
    this.ipId = grown(this.ipId, capacity);
    this.ttl = grown(this.ttl, capacity);
    this.trafficClass = grown(this.trafficClass, capacity);
    this.timestampValue = grown(this.timestampValue, capacity);
    this.timestampEcho = grown(this.timestampEcho, capacity);
    this.sackHighest = grown(this.sackHighest, capacity);
    this.repeats = grown(this.repeats, capacity);
  }
}

/** Insertion sort: the chain comes in reverse and almost ordered, and is short. */
function sortByFrame(rows: TellingSegment[], count: number): void {
  for (let low = 0, high = count - 1; low < high; low++, high--) swap(rows, low, high);
  for (let i = 1; i < count; i++) {
    for (let j = i; j > 0 && rows[j]!.frame < rows[j - 1]!.frame; j--) swap(rows, j, j - 1);
  }
}

function swap(rows: TellingSegment[], i: number, j: number): void {
  const row = rows[i]!;
  rows[i] = rows[j]!;
  rows[j] = row;
}
