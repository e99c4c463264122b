/** Flag bits of the TCP header (RFC 9293 §3.1), as they lie in bytes 12 and 13. */
export const FIN = 0x001;
export const SYN = 0x002;
export const RST = 0x004;
export const PSH = 0x008;
export const ACK = 0x010;
export const URG = 0x020;
export const ECE = 0x040;
export const CWR = 0x080;
export const AE = 0x100;

/**
 * One TCP segment with what the IP header says of it: one object, refilled for every packet.
 *
 * Numbers of 32 bits are kept as signed integers (the same bits), which V8 holds without a box;
 * sequence arithmetic works on them as it is, and `>>> 0` shows the unsigned value.
 * Every field is a number from birth, so that the object never changes its shape.
 */
export class Segment {
  /** 4 or 6. */
  family = 0;
  /** The source address: one word of IPv4 in `source3` (the others 0), or four of IPv6 from `source0` on. */
  source0 = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  destination0 = 0;
  destination1 = 0;
  destination2 = 0;
  destination3 = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** Number of the network that it was seen in, where those are kept apart (`Separation.realm`); 0 where not. */
  realm = 0;
  /** Time to live (IPv4) or hop limit (IPv6). */
  ttl = 0;
  /** IPv4 identification; -1 for IPv6, which has none. */
  ipId = 0;
  /** 1 if IPv4's don't-fragment bit is set. */
  dontFragment = 0;
  /** Type of service or traffic class: DSCP in the upper six bits, ECN in the lower two. */
  trafficClass = 0;
  sequence = 0;
  /** The acknowledgment field as it stands, even where the ACK flag is clear. */
  acknowledgment = 0;
  /** FIN to AE, nine bits. */
  flags = 0;
  /** The window field as it stands, not scaled. */
  window = 0;
  /** Payload bytes on the wire, whatever the snap length cut off. */
  length = 0;
  /** Where the payload begins in the batch's bytes. */
  payloadOffset = 0;
  /** Payload bytes that the capture holds: 0 to `length`. */
  payloadCaptured = 0;
  /** Option 2, bytes; 0 where it is absent. */
  maximumSegmentSize = 0;
  /** Option 3, shift count as it stands (RFC 7323 caps its use at 14); -1 where it is absent. */
  windowScale = -1;
  /** Option 4: 1 or 0. */
  sackPermitted = 0;
  /** Option 5: blocks captured, 0 to 4. */
  sackCount = 0;
  /** Edges of the first SACK block; where it lies at or below the acknowledgment it is a D-SACK (RFC 2883). */
  sackLeft = 0;
  sackRight = 0;
  /** Highest right edge of all SACK blocks. */
  sackHighest = 0;
  /** Option 8: 1 if present. */
  hasTimestamps = 0;
  timestampValue = 0;
  timestampEcho = 0;
  /** Option 30 subtype 8 (MP_TCPRST, RFC 8684 §3.6): reason code; -1 where it is absent. */
  mptcpResetReason = -1;
  /** 1 if option 30 (MPTCP, any subtype) is there. */
  mptcp = 0;
  /**
   * Option kinds in order of appearance, a nibble each (kind & 15), NOPs included: with the window a fingerprint of the
   * system (SYN only; 0 elsewhere).
   */
  optionLayout = 0;
  /** 1 if the capture's snap length cut into the TCP header (options then may be missing). */
  headerCut = 0;
}
