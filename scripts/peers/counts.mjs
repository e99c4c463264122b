import { FIN, RST, SYN } from './flags.mjs';
import { grouped } from './grouped.mjs';
import { end } from './tshark.mjs';

function add(sums, key, value) {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function sumsBy(items, key, value) {
  const sums = new Map();
  for (const item of items) add(sums, key(item), value(item));
  return sums;
}

/** Compares two sets of sums, key by key. */
function compareSums(measure, file, ours, theirs, what, reasonFor = () => null) {
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const [one, other] = [ours.get(key) ?? 0, theirs.get(key) ?? 0];
    measure.compare(one, other, `${file} ${key}: ${what}`, reasonFor(key, one, other));
  }
}

const QUOTED = 'conv,tcp counts headers that ICMP errors quote';
const FAILED = 'conv,tcp leaves out frames whose dissection comes to no end';
const UNKNOWN_LENGTH = 'tshark does not know the length of a segment: a fragment, or options that lie';
const FILLED = 'where bytes are missing, what comes again is taken to fill the hole';
const TUNNELS = 'tcptrace reads no tunnels, few link layers, and no packets that are cut or damaged';
const TSHARK_AGREES = 'tcptrace takes the length of a damaged packet otherwise; tshark agrees with us';

/**
 * Packets each way, as our report has them in its connections, and as `tshark -z conv,tcp` has them in its
 * conversations.
 */
export function comparePackets(measure, file, ours, theirs) {
  const packets = new Map();
  for (const { client, server, packets: counts } of ours.analysis.connections()) {
    const [from, to] = [end(client.address, client.port), end(server.address, server.port)];
    add(packets, `${from} > ${to}`, counts.client);
    add(packets, `${to} > ${from}`, counts.server);
  }
  const quoted = theirs.frames.size - ours.frames.filter(({ whole }) => whole).length;
  const failed = [...theirs.frames.values()].filter((frame) => frame.failed).length;
  compareSums(measure, file, packets, theirs.sent, 'packets', (_, one, other) => {
    if (other > one) return other - one <= quoted ? QUOTED : null;
    return one - other <= failed ? FAILED : null;
  });
}

/** The frames of ours that are segments, beside what tshark dissects in them. */
function pairsOf(ours, theirs) {
  return ours.frames
    .filter(({ whole, frame }) => whole && theirs.frames.has(frame))
    .map((our) => ({ our, their: theirs.frames.get(our.frame) }));
}

/** Who sent a frame. */
function senderOf({ our }) {
  return `connection ${our.connection} from its ${our.role === 0 ? 'client' : 'server'}`;
}

/** Sums each way of each of our connections: `our` of what we decode, `their` of what tshark does. */
function compareWays(measure, file, pairs, what, value) {
  compareSums(
    measure, file, sumsBy(pairs, senderOf, ({ our }) => value(our)),
    sumsBy(pairs, senderOf, ({ their }) => value(their)), what,
  );
}

/** Payload bytes as captured, retransmissions included: the sum of `tcp.len`. */
export function comparePayload(measure, file, ours, theirs) {
  const pairs = pairsOf(ours, theirs);
  const known = pairs.filter(({ their }) => their.length !== null);
  for (let count = known.length; count < pairs.length; count += 1) measure.expect(UNKNOWN_LENGTH);
  compareWays(measure, file, known, 'payload bytes', ({ length }) => length);
}

export function compareFins(measure, file, ours, theirs) {
  compareWays(measure, file, pairsOf(ours, theirs), 'FINs', ({ flags }) => (flags & FIN ? 1 : 0));
}

/** RSTs of a connection as its record lists them. */
export function compareResets(measure, file, ours, theirs) {
  const listed = new Map();
  for (const { id, resets } of ours.analysis.connections())
    for (const { by } of resets) add(listed, `connection ${id} from its ${by}`, 1);
  const seen = new Map();
  for (const pair of pairsOf(ours, theirs)) if (pair.their.flags & RST) add(seen, senderOf(pair), 1);
  compareSums(measure, file, listed, seen, 'RSTs in its record');
}

/**
 * Payload once, as the record's `bytes` has it, beside the sequence numbers that tshark saw covered by data: not by
 * that of RSTs, nor by what follows the FIN.
 */
export function compareBytes(measure, file, ours, theirs) {
  const ways = grouped(pairsOf(ours, theirs), ({ our }) => our.connection * 2 + our.role);
  for (const [way, pairs] of ways) {
    const { bytes } = ours.analysis.connection(way >> 1);
    const role = way % 2 === 0 ? 'client' : 'server';
    const { covered, reason } = coverage(pairs.map(({ their }) => their));
    measure.compare(
      bytes[role], covered, `${file} connection ${way >> 1} from its ${role}: payload bytes once`, reason,
    );
  }
}

/** Bytes of sequence space that segments cover, beginning with the first one. */
function coverage(segments) {
  const begin = segments.find(({ flags }) => !(flags & RST))?.sequence ?? 0;
  const pieces = [];
  let finAt = Infinity;
  let highest = 0;
  let reason = segments.some(({ length }) => length === null) ? UNKNOWN_LENGTH : null;
  for (const { flags, sequence, length } of segments) {
    if (flags & RST) continue;
    // Sequence numbers wrap: near the highest one so far.
    const from = highest + ((sequence - begin - highest) | 0) + (flags & SYN ? 1 : 0);
    if (from > highest && length > 0) reason ??= FILLED;
    highest = Math.max(highest, from + length);
    if (from < 0 && length > 0) reason = 'data below the first sequence number seen counts as a repetition';
    if (from + length > finAt) reason = 'data behind a FIN is not of the stream';
    if (flags & FIN) finAt = Math.min(finAt, from + length);
    if (length > 0) pieces.push([from, from + length]);
  }
  pieces.sort(([a], [b]) => a - b);
  let [covered, upTo] = [0, -Infinity];
  for (const [from, to] of pieces) {
    covered += Math.max(0, to - Math.max(from, upTo));
    upTo = Math.max(upTo, to);
  }
  return { covered, reason };
}

/**
 * All of the above as tcptrace counts it, where it sees the same packets: it knows fewer link layers and no tunnels.
 */
export function compareTcptrace(measures, file, ours, theirs, ways) {
  const segments = ours.frames.filter(({ whole }) => whole);
  const sums = (value) => sumsBy(segments, ({ way }) => way, value);
  const dissected = sumsBy(pairsOf(ours, theirs), ({ our }) => our.way, ({ their }) => their.length ?? 0);
  const counts = {
    packets: sums(() => 1), bytes: sums(({ length }) => length), fins: sums(({ flags }) => (flags & FIN ? 1 : 0)),
    rsts: sums(({ flags }) => (flags & RST ? 1 : 0)),
  };
  for (const [way, packets] of counts.packets) {
    const traced = ways.get(way);
    if (traced?.packets !== packets) {
      measures.packets.compare(packets, traced?.packets ?? 0, `${file} ${way}: packets`, TUNNELS);
      continue;
    }
    measures.packets.agree();
    const bytes = counts.bytes.get(way) ?? 0;
    measures.bytes.compare(
      bytes, traced.bytes, `${file} ${way}: bytes`, bytes === dissected.get(way) ? TSHARK_AGREES : null,
    );
    for (const what of ['fins', 'rsts'])
      measures[what].compare(counts[what].get(way) ?? 0, traced[what], `${file} ${way}: ${what}`);
  }
}
