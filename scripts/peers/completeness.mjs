import { ACK, FIN, RST, SYN } from './flags.mjs';
import { grouped } from './grouped.mjs';

/** Bits of tcp.completeness. */
const BITS = { syn: 1, synAck: 2, ack: 4, data: 8, fin: 16, rst: 32 };

const FIRST_ALONE = '4.0 leaves out what the only frame of a stream tells, unless it is a SYN';
const SPLIT = '4.4 and 4.0 divide the frames into other streams';
const UNKNOWN_LENGTH =
  'tshark does not know the length of a segment (a fragment, or options that lie), and leaves it out';
const NO_SEGMENT =
  'tshark counts nothing of a header that ends before its options, or is quoted in an ICMP error and cut';
const FTP = '4.0 does not begin at the SYN of a conversation that another dissector announced (FTP)';
const REUSED = '4.0 begins a stream that reuses ports at SYN even where its SYN carries data';

/**
 * `tcp.completeness` of every stream. Where the streams are the same the values must be; where 4.4 divides otherwise
 * than 4.0, ours must be what 4.4's rules make of the frames as tshark dissects them.
 */
export function compareCompleteness(measure, file, ours, theirs, pairs) {
  const frames = grouped(ours.frames, ({ stream }) => stream);
  for (const [stream, of] of frames) {
    const value = ours.streams.completeness(stream);
    const where = `${file} stream ${stream}`;
    const number = pairs.get(stream);
    if (number === null) {
      const dissected = of.map(({ frame }) => theirs.frames.get(frame)).filter((one) => one !== undefined);
      measure.compare(value, byTheRules(dissected), `${where}, by the rules of 4.4`, null);
      if (value === byTheRules(dissected)) reclassify(measure, SPLIT);
      continue;
    }
    const theirValue = theirs.completeness.get(number);
    measure.compare(value, theirValue, where, reasonFor(value, theirValue, of, theirs.frames));
  }
}

/** What agrees by the rules alone is a known difference from the program. */
function reclassify(measure, reason) {
  measure.compared -= 1;
  measure.expect(reason);
}

function reasonFor(value, theirValue, of, frames) {
  if (of.some(({ frame }) => frames.get(frame)?.length === null)) return UNKNOWN_LENGTH;
  if (of.some(({ whole }) => !whole)) return NO_SEGMENT;
  if (value === (theirValue | BITS.syn) && (of[0].flags & (SYN | ACK)) === SYN && theirValue !== 0) return FTP;
  if (of.length === 1 && !(of[0].flags & SYN && !(of[0].flags & ACK)) && theirValue === 0) return FIRST_ALONE;
  if ((value ^ theirValue) === BITS.data && of[0].flags & SYN && of[0].length > 0) return REUSED;
  return null;
}

/** 4.4's, of the frames of one stream in order. */
function byTheRules(frames) {
  let bits = 0;
  frames.forEach(({ flags, length }, index) => {
    if ((flags & (SYN | ACK)) === SYN && index === 0) bits |= BITS.syn | (length > 0 ? BITS.data : 0);
    if ((flags & (SYN | ACK)) === (SYN | ACK)) bits |= BITS.synAck;
    if ((flags & (SYN | ACK)) === ACK) bits |= length > 0 ? BITS.data : BITS.ack;
    if ((flags & (FIN | ACK)) === (FIN | ACK)) bits |= BITS.fin;
    if (flags & RST) bits |= BITS.rst;
  });
  return bits;
}
