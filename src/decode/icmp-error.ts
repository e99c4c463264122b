/**
 * What an ICMP error says of the TCP segment that it quotes: one object, refilled for every such packet. The quoted
 * header itself, with the addresses of both ends of its connection, is in the `Segment` beside it.
 */
export class IcmpError {
  /** Whether ports and sequence number of the quoted segment are known: eight bytes are enough (RFC 792). */
  isKnown = false;
  /** 4 (ICMP, RFC 792) or 6 (ICMPv6, RFC 4443). */
  family = 0;
  /** Who sent the error, as `Segment` has addresses. */
  sender0 = 0;
  sender1 = 0;
  sender2 = 0;
  sender3 = 0;
  type = 0;
  code = 0;
  /**
   * The next hop's MTU, bytes, where the quoted packet was too large for it (RFC 1191 §4, RFC 4443 §3.2); 0 elsewhere,
   * and where its router says none.
   */
  mtu = 0;
}
