import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { FOREIGN, REPEAT } from '../flow/history/telling-segment.js';
import type { TellingSegment } from '../flow/history/telling-segment.js';
import { isAfter } from '../flow/sequence.js';
import type { SegmentHistory } from './segment-history.js';

type EndState = 'INACTIVE' | 'SYN_SENT' | 'SYN_ACK_SENT' | 'PARTIAL' | 'ESTABLISHED' | 'CLOSED' | 'RESET';

/** Letters of a history, the originator's and the responder's, and their places there. */
const LETTERS = [Array.from('SHFRDAWTIQ'), Array.from('shfrdawtiq')] as const;
const S = 0;
const H = 1;
const F = 2;
const R = 3;
const D = 4;
const A = 5;
const W = 6;
const T = 7;
const I = 8;
const Q = 9;
/** No letter. */
const NO_LETTER = -1;

/** What Zeek keeps of an endpoint (TCP_Endpoint.h). */
class End {
  state: EndState = 'INACTIVE';
  /** The state before. */
  before: EndState = 'INACTIVE';
  /** Letters told of it, a bit each. */
  told = 0;
  /**
   * Sequence number of the last SYN and the last RST, and behind the last FIN: a letter is told again only for another
   * one.
   */
  syn: number | null = null;
  fin: number | null = null;
  rst: number | null = null;
  hasData = false;

  reset(): void {
    this.state = 'INACTIVE';
    this.before = 'INACTIVE';
    this.told = 0;
    this.syn = null;
    this.fin = null;
    this.rst = null;
    this.hasData = false;
  }

  become(state: EndState): void {
    if (state === this.state) return;
    this.before = this.state;
    this.state = state;
  }
}

/** For all connections: nothing of them outlives a view. */
const ends: readonly [End, End] = [new End(), new End()];

/**
 * Zeek's `conn_state` (scripts/base/protocols/conn/main.zeek) and `history` (TCPSessionAdapter.cc), without Zeek's
 * timers.
 *
 * Made from telling segments only, so what counts on a logarithmic scale (t, w) stands once, and a zero window that
 * bulk traffic passed through may be missing.
 */
export function zeekView(segments: SegmentHistory): { readonly connState: string; readonly history: string } {
  ends[0].reset();
  ends[1].reset();
  let history = '';
  for (let i = 0; i < segments.count; i++) {
    const row = segments.rows[i]!;
    if (row.marks & FOREIGN) continue;
    const end = ends[row.talker as 0 | 1];
    const peer = ends[(1 - row.talker) as 0 | 1];
    const letters = LETTERS[row.talker]!;
    // What a segment adds before it changes a state.
    const letter = letterOf(row, end);
    if (letter !== NO_LETTER) history += letters[letter]!;
    if (closesWindow(row, end, peer) && isFirst(end, W)) history += letters[W]!;
    if (repeatsData(row, end) && isFirst(end, T)) history += letters[T]!;
    if (row.length > 0 && !(row.flags & RST)) end.hasData = true;
    advance(end, peer, row);
  }
  return { connState: connState(ends, history), history };
}

function closesWindow({ flags, window }: TellingSegment, end: End, peer: End): boolean {
  return window === 0 && !(flags & RST) && peer.state !== 'CLOSED' && end.state !== 'RESET';
}

function repeatsData(row: TellingSegment, end: End): boolean {
  return (
    row.length > 0 && (row.marks & REPEAT) !== 0 && !(row.flags & RST) && end.state !== 'RESET' &&
    !isBehindFin(row, end)
  );
}

/** Data that nobody sends, behind its own FIN: new sequence numbers, and so no retransmission to Zeek. */
function isBehindFin({ sequence, length }: TellingSegment, { fin }: End): boolean {
  return fin !== null && isAfter((sequence + length) | 0, (fin + 1) | 0);
}

/** One at most: data and acknowledgments count only where there is no SYN, FIN or RST. */
function letterOf({ flags, length, sequence }: TellingSegment, end: End): number {
  switch (flags & (SYN | FIN | RST)) {
    case 0: return length > 0 ? once(end, D) : flags & ACK ? once(end, A) : NO_LETTER;
    case SYN: {
      const isAnother = sequence !== end.syn;
      end.syn = sequence;
      return again(end, flags & ACK ? H : S, isAnother);
    }
    case FIN: {
      const behind = (sequence + length) | 0;
      const isAnother = behind !== end.fin;
      end.fin = behind;
      return again(end, F, isAnother);
    }
    case RST: {
      const isAnother = sequence !== end.rst;
      end.rst = sequence;
      return again(end, R, isAnother);
    }
    default: return once(end, flags & FIN && flags & RST ? I : Q);
  }
}

/** Whether `letter` was not told of `end` before; from now on it was. */
function isFirst(end: End, letter: number): boolean {
  const bit = 1 << letter;
  if (end.told & bit) return false;
  end.told |= bit;
  return true;
}

function once(end: End, letter: number): number {
  return isFirst(end, letter) ? letter : NO_LETTER;
}

function again(end: End, letter: number, isAnother: boolean): number {
  return isFirst(end, letter) || isAnother ? letter : NO_LETTER;
}

function advance(end: End, peer: End, row: TellingSegment): void {
  switch (end.state) {
    case 'INACTIVE': begin(end, peer, row); break;
    case 'SYN_SENT':
    case 'SYN_ACK_SENT': {
      if (row.flags & FIN) end.become('CLOSED');
      if (row.flags & RST) end.become('RESET');
      break;
    }
    case 'PARTIAL':
    case 'ESTABLISHED': goOn(end, peer, row.flags); break;
    case 'CLOSED': {
      // Behind the FINs of both a RST changes nothing.
      if (row.flags & RST && peer.state !== 'CLOSED') end.become('RESET');
      break;
    }
    case 'RESET': break;
  }
}

/** `UpdateInactiveState`: the first that is seen of an endpoint. */
function begin(end: End, peer: End, { flags, length, talker }: TellingSegment): void {
  if (flags & SYN) {
    if (talker === 0) {
      end.become(flags & ACK ? 'SYN_ACK_SENT' : 'SYN_SENT');
    } else {
      // The answer establishes both, whether or not the last ACK of the handshake comes.
      if (peer.state === 'SYN_SENT') peer.become('ESTABLISHED');
      end.become('ESTABLISHED');
    }
  }
  if (flags & FIN) end.become('CLOSED');
  if (flags & RST) end.become('RESET');
  if (end.state !== 'INACTIVE') return;
  // An ACK alone in front of the SYN-ACK: "some eccentric TCPs will ack an initial SYN".
  if (talker === 1 && length === 0 && peer.state === 'SYN_SENT') return;
  end.become(flags & ACK && peer.state === 'ESTABLISHED' ? 'ESTABLISHED' : 'PARTIAL');
}

/** `UpdateEstablishedState`. */
function goOn(end: End, peer: End, flags: number): void {
  if (flags & SYN && !(flags & ACK) && end.state === 'PARTIAL' && peer.state === 'INACTIVE') end.become('SYN_SENT');
  if (flags & FIN && !(flags & RST)) {
    end.become('CLOSED');
    // A FIN and then a RST are a close after all if the other side closes, too.
    if (peer.state === 'RESET' && peer.before === 'CLOSED') peer.become('CLOSED');
  }
  if (flags & RST) end.become('RESET');
}

function connState([originator, responder]: readonly [End, End], history: string): string {
  const inactive = ({ state }: End): boolean => state === 'INACTIVE' || state === 'PARTIAL';
  if (responder.state === 'RESET') {
    if (originator.state === 'SYN_SENT' || originator.state === 'SYN_ACK_SENT') return 'REJ';
    if (originator.state === 'RESET' && !originator.hasData && !responder.hasData) return 'REJ';
    return inactive(originator) ? 'RSTRH' : 'RSTR';
  }
  if (originator.state === 'RESET') {
    if (!inactive(responder)) return 'RSTO';
    return /^\^?S[^HAFGIQ]*R/.test(history) ? 'RSTOS0' : 'OTH';
  }
  if (originator.state === 'CLOSED') return responder.state === 'CLOSED' ? 'SF' : inactive(responder) ? 'SH' : 'S2';
  if (responder.state === 'CLOSED') return inactive(originator) ? 'SHR' : 'S3';
  if (originator.state === 'SYN_SENT' && responder.state === 'INACTIVE') return 'S0';
  return originator.state === 'ESTABLISHED' && responder.state === 'ESTABLISHED' ? 'S1' : 'OTH';
}
