/**
 * Stream numbers, frame by frame.
 *
 * We follow Wireshark 4.4; Debian's tshark is 4.0, which opens fewer streams (packet-tcp.c of both). Where ours opens
 * one and tshark's goes on, the segment must be one of three that 4.4 treats otherwise; from there the stream is
 * compared under its new number.
 */
import { ACK, FIN, RST, SYN } from './flags.mjs';

/** Where 4.4 opens a stream and 4.0 does not, for a SYN or SYN-ACK on a tuple that is known. */
const SYN_AGAIN = '4.4 opens a stream with a SYN of the same sequence number after a FIN or RST, 4.0 does not';
const SYN_ACK_AGAIN = '4.4 opens a stream with a SYN-ACK of the same sequence number after a FIN or RST, 4.0 does not';
const SYN_ACK_ANEW = '4.4 opens a stream with a SYN-ACK of another sequence number, 4.0 does not';

/**
 * What 4.4 remembers of a stream to judge the next SYN by: the first sequence number of each side, and whether it was
 * closing.
 */
class Stream {
  base = [null, null];
  closing = false;

  /** Why this segment opens a new stream in 4.4 only; null if it should open one in both, or in neither. */
  reasonToEnd({ flags, sequence, side }) {
    if (!(flags & SYN) || this.base[side] === null) return null;
    const again = sequence === this.base[side];
    if (!(flags & ACK)) return again && this.closing ? SYN_AGAIN : null;
    if (!again) return SYN_ACK_ANEW;
    return this.closing ? SYN_ACK_AGAIN : null;
  }

  take({ flags, sequence, acknowledgment, side }) {
    this.base[side] ??= flags & SYN ? sequence : (sequence - 1) | 0;
    if (flags & ACK) this.base[1 - side] ??= (acknowledgment - 1) | 0;
    if (flags & RST || (flags & FIN && flags & ACK)) this.closing = true;
  }
}

/**
 * Compares `tcp.stream` of every frame. Answers which of our streams are one of theirs, frame by frame: by our number,
 * theirs; null for those that are not.
 */
export function compareStreams(measure, file, ours, theirs) {
  const streams = [];
  /** For each of tshark's streams the one of ours that it now is. */
  const oursOfTheirs = [];
  const same = new Map();
  const left = new Set(theirs.frames.keys());
  for (const segment of ours.frames) {
    const { frame, stream } = segment;
    left.delete(frame);
    const number = theirs.frames.get(frame)?.stream;
    const skipped = stream > streams.length;
    const opened = stream >= streams.length;
    const reason = opened ? (streams[oursOfTheirs[number]]?.reasonToEnd(segment) ?? null) : null;
    while (stream >= streams.length) streams.push(new Stream());
    const where = `${file} frame ${frame}`;
    if (skipped) measure.differ(`${where}: opens stream ${stream}, and the numbers before it were never used`);
    else if (number === undefined) measure.differ(`${where}: stream ${stream}, but tshark sees no TCP`);
    else if (reason !== null) measure.expect(reason);
    else if (opened && number < oursOfTheirs.length)
      measure.differ(
        `${where}: opens stream ${stream}, and tshark goes on with ${number} (our ${oursOfTheirs[number]})`,
      );
    else if (opened && number > oursOfTheirs.length)
      measure.differ(`${where}: opens stream ${stream}, and tshark has skipped to ${number}`);
    else if (!opened && oursOfTheirs[number] !== stream)
      measure.differ(`${where}: stream ${stream}, but tshark has ${number} (our ${oursOfTheirs[number] ?? 'next'})`);
    else measure.agree();
    // From here on the two are taken for the same, so that one difference is told once.
    if (number !== undefined) oursOfTheirs[number] = stream;
    if (segment.whole) streams[stream].take(segment);
    note(same, stream, number);
  }
  for (const frame of left) measure.differ(`${file} frame ${frame}: tshark sees TCP and we do not`);
  return onlyPairs(same);
}

function note(same, stream, number) {
  if (!same.has(stream)) same.set(stream, number ?? null);
  else if (same.get(stream) !== number) same.set(stream, null);
}

/** Streams of theirs that are one of ours alone. */
function onlyPairs(same) {
  const uses = new Map();
  for (const number of same.values()) uses.set(number, (uses.get(number) ?? 0) + 1);
  return new Map(
    [...same].map(([stream, number]) => [stream, number !== null && uses.get(number) === 1 ? number : null]),
  );
}
