/**
 * A second implementation of Zeek's `conn_state` and `history` (packet_analysis/protocol/tcp/TCPSessionAdapter.cc,
 * TCP_Endpoint.cc, scripts/base/protocols/conn/main.zeek), without its timers: a table over every segment as tshark
 * dissects it, where ours is made from telling segments alone. Zeek itself is in no Debian. What counts on a
 * logarithmic scale (t, w) stands once.
 */
import { ACK, FIN, RST, SYN } from './flags.mjs';

const LARGE_JUMP = 2 ** 20;

class Endpoint {
  state = 'INACTIVE';
  previous = 'INACTIVE';
  letters = new Set();
  lastSyn = null;
  lastFin = null;
  lastRst = null;
  startSequence = null;
  lastSequence = null;
  size = 0;

  set(state) {
    if (state === this.state) return;
    this.previous = this.state;
    this.state = state;
  }
}

/** `segments`: those of one connection, in order, with the `role` that sent each (0 originator). */
export function zeekOf(segments) {
  const ends = [new Endpoint(), new Endpoint()];
  let history = '';
  for (const segment of segments) {
    const [me, peer] = segment.role === 0 ? ends : [ends[1], ends[0]];
    const tell = (letter) => {
      me.letters.add(letter);
      history += segment.role === 0 ? letter : letter.toLowerCase();
    };
    const tellOnce = (letter) => {
      if (!me.letters.has(letter)) tell(letter);
    };
    control(segment, me, tell, tellOnce);
    if (segment.window === 0 && !(segment.flags & RST) && peer.state !== 'CLOSED' && me.state !== 'RESET')
      tellOnce('W');
    if (retransmits(segment, me)) tellOnce('T');
    if (!(segment.flags & RST)) me.size += segment.length;
    (RULES[me.state] ?? (() => {}))(me, peer, segment);
  }
  return { connState: connState(...ends, history), history };
}

function control({ flags, sequence, length }, me, tell, tellOnce) {
  const bits = [SYN, FIN, RST].filter((bit) => flags & bit);
  if (bits.length > 1) {
    tellOnce(flags & FIN && flags & RST ? 'I' : 'Q');
  } else if (bits.length === 0) {
    if (length > 0) tellOnce('D');
    else if (flags & ACK) tellOnce('A');
  } else if (flags & SYN) {
    const letter = flags & ACK ? 'H' : 'S';
    if (!me.letters.has(letter) || sequence !== me.lastSyn) tell(letter);
    me.lastSyn = sequence;
  } else if (flags & FIN) {
    const behind = (sequence + length) | 0;
    if (!me.letters.has('F') || behind !== me.lastFin) tell('F');
    me.lastFin = behind;
  } else {
    if (!me.letters.has('R') || sequence !== me.lastRst) tell('R');
    me.lastRst = sequence;
  }
}

/** Whether its end lies no further than the furthest so far, which it moves (`init_endpoint`, `update_last_seq`). */
function retransmits({ flags, sequence, length }, me) {
  const behind = (sequence + (flags & RST ? 0 : length) + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)) | 0;
  const starts =
    me.lastSequence === null ||
    (flags & SYN && sequence !== me.startSequence && me.state !== 'CLOSED' && me.state !== 'RESET');
  if (starts) {
    me.startSequence = flags & SYN ? sequence : (sequence - 1) | 0;
    me.lastSequence = flags & SYN ? behind : sequence;
  }
  const delta = (behind - me.lastSequence) | 0;
  if (flags & (SYN | RST) && Math.abs(delta) > LARGE_JUMP) return false;
  if (flags & FIN && me.lastSequence === ((me.startSequence + 1) | 0)) {
    me.lastSequence = behind;
    return false;
  }
  if (me.state === 'RESET') return false;
  if (delta > 0) {
    me.lastSequence = behind;
    return false;
  }
  // The first SYN with data ends where it ends.
  return length > 0 && !starts && !(flags & RST);
}

function established(me, peer, { flags }) {
  if (flags & SYN && !(flags & ACK) && me.state === 'PARTIAL' && peer.state === 'INACTIVE') me.set('SYN_SENT');
  if (flags & FIN && !(flags & RST)) {
    me.set('CLOSED');
    if (peer.state === 'RESET' && peer.previous === 'CLOSED') peer.set('CLOSED');
  }
  if (flags & RST) me.set('RESET');
}

function opening(me, _peer, { flags }) {
  if (flags & FIN) me.set('CLOSED');
  if (flags & RST) me.set('RESET');
}

const RULES = {
  INACTIVE(me, peer, { flags, length, role }) {
    if (flags & SYN && role === 0) me.set(flags & ACK ? 'SYN_ACK_SENT' : 'SYN_SENT');
    if (flags & SYN && role === 1) {
      if (peer.state === 'SYN_SENT') peer.set('ESTABLISHED');
      me.set('ESTABLISHED');
    }
    opening(me, peer, { flags });
    if (me.state !== 'INACTIVE' || (role === 1 && length === 0 && peer.state === 'SYN_SENT')) return;
    me.set(flags & ACK && peer.state === 'ESTABLISHED' ? 'ESTABLISHED' : 'PARTIAL');
  },
  SYN_SENT: opening,
  SYN_ACK_SENT: opening,
  PARTIAL: established,
  ESTABLISHED: established,
  CLOSED(me, peer, { flags }) {
    if (flags & RST && peer.state !== 'CLOSED') me.set('RESET');
  },
};

function away(state) {
  return state === 'INACTIVE' || state === 'PARTIAL';
}

function connState(orig, resp, history) {
  const [os, rs] = [orig.state, resp.state];
  if (rs === 'RESET') {
    if (os === 'SYN_SENT' || os === 'SYN_ACK_SENT' || (os === 'RESET' && orig.size === 0 && resp.size === 0))
      return 'REJ';
    return away(os) ? 'RSTRH' : 'RSTR';
  }
  if (os === 'RESET') return away(rs) ? (/^\^?S[^HAFGIQ]*R/.test(history) ? 'RSTOS0' : 'OTH') : 'RSTO';
  if (os === 'CLOSED' && rs === 'CLOSED') return 'SF';
  if (os === 'CLOSED') return away(rs) ? 'SH' : 'S2';
  if (rs === 'CLOSED') return away(os) ? 'SHR' : 'S3';
  if (os === 'SYN_SENT' && rs === 'INACTIVE') return 'S0';
  return os === 'ESTABLISHED' && rs === 'ESTABLISHED' ? 'S1' : 'OTH';
}

const BULK =
  'the history has telling segments only: a zero window or a retransmission amid others may not be among them, or ' +
  'stand later';
const UNKNOWN_LENGTH = 'tshark does not know the length of a segment: a fragment, or options that lie';

function withoutCounters(history) {
  return history.replaceAll(/[wt]/gi, '');
}

/** Every connection's Zeek words beside the reference's. */
export function compareZeek(measures, file, ours, theirs) {
  const segments = new Map();
  for (const { whole, frame, connection, role } of ours.frames) {
    const dissected = theirs.frames.get(frame);
    if (!whole || dissected === undefined) continue;
    if (!segments.has(connection)) segments.set(connection, []);
    segments.get(connection).push({ ...dissected, role });
  }
  for (const [id, of] of segments) {
    const { zeek } = ours.analysis.connection(id);
    const reference = zeekOf(of);
    const where = `${file} connection ${id}`;
    measures.state.compare(zeek.connState, reference.connState, where);
    const unknown = of.some(({ length }) => length === null) ? UNKNOWN_LENGTH : null;
    const reason = withoutCounters(zeek.history) === withoutCounters(reference.history) ? BULK : unknown;
    measures.history.compare(zeek.history, reference.history, where, reason);
  }
}
