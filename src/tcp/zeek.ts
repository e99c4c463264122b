import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { FOREIGN, REPEAT } from '../flow/telling-segment.js';
import type { TellingSegment } from '../flow/telling-segment.js';
import { isAfter } from '../flow/sequence.js';
import type { Story } from './story.js';

type EndState = 'INACTIVE' | 'SYN_SENT' | 'SYN_ACK_SENT' | 'PARTIAL' | 'ESTABLISHED' | 'CLOSED' | 'RESET';

/** What Zeek keeps of an endpoint (TCP_Endpoint.h). */
class End {
  state: EndState = 'INACTIVE';
  /** The state before. */
  before: EndState = 'INACTIVE';
  /** Letters told of it. */
  told = '';
  /** Sequence number of the last SYN and the last RST, and behind the last FIN: a letter is told again only for another one. */
  last: Record<'syn' | 'fin' | 'rst', number | null> = { syn: null, fin: null, rst: null };
  hasData = false;

  become(state: EndState): void {
    if (state === this.state) return;
    this.before = this.state;
    this.state = state;
  }
}

/**
 * Zeek's `conn_state` (scripts/base/protocols/conn/main.zeek) and `history` (TCPSessionAdapter.cc), without Zeek's timers.
 *
 * Made from telling segments only, so what counts on a logarithmic scale (t, w) stands once, and a zero window that bulk traffic
 * passed through may be missing.
 */
export function zeekView(story: Story): { readonly connState: string; readonly history: string } {
  const ends: readonly [End, End] = [new End(), new End()];
  let history = '';
  for (let i = 0; i < story.count; i++) {
    const row = story.rows[i]!;
    if (row.marks & FOREIGN) continue;
    const end = ends[row.talker]!;
    const peer = ends[1 - row.talker]!;
    const letters = told(row, end, peer);
    history += row.talker === 0 ? letters.toUpperCase() : letters;
    if (row.length > 0 && !(row.flags & RST)) end.hasData = true;
    advance(end, peer, row);
  }
  return { connState: connState(ends, history), history };
}

/** The letters that a segment adds, before it changes a state. */
function told(row: TellingSegment, end: End, peer: End): string {
  const { flags, length, marks, window } = row;
  let letters = letterOf(row, end);
  if (window === 0 && !(flags & RST) && peer.state !== 'CLOSED' && end.state !== 'RESET') letters += once(end, 'w');
  if (length > 0 && marks & REPEAT && !(flags & RST) && end.state !== 'RESET' && !isBehindFin(row, end)) letters += once(end, 't');
  return letters;
}

/** Data that nobody sends, behind its own FIN: new sequence numbers, and so no retransmission to Zeek. */
function isBehindFin({ sequence, length }: TellingSegment, { last }: End): boolean {
  return last.fin !== null && isAfter((sequence + length) | 0, (last.fin + 1) | 0);
}

/** One at most: data and acknowledgments count only where there is no SYN, FIN or RST. */
function letterOf({ flags, length, sequence }: TellingSegment, end: End): string {
  switch (flags & (SYN | FIN | RST)) {
    case 0: return length > 0 ? once(end, 'd') : flags & ACK ? once(end, 'a') : '';
    case SYN: return again(end, flags & ACK ? 'h' : 's', 'syn', sequence);
    case FIN: return again(end, 'f', 'fin', (sequence + length) | 0);
    case RST: return again(end, 'r', 'rst', sequence);
    default: return once(end, flags & FIN && flags & RST ? 'i' : 'q');
  }
}

function once(end: End, letter: string): string {
  if (end.told.includes(letter)) return '';
  end.told += letter;
  return letter;
}

function again(end: End, letter: string, kind: 'syn' | 'fin' | 'rst', sequence: number): string {
  const isAnother = sequence !== end.last[kind];
  end.last[kind] = sequence;
  return once(end, letter) || (isAnother ? letter : '');
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
