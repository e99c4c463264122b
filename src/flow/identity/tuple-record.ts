// A tuple is twelve words side by side: its key, and all that is asked about it for every segment. Sixteen, a cache
// line, are no faster.

/** In place of the row of a tuple. */
export const NO_TUPLE = -1;

/** Words of a tuple. */
export const TUPLE_SIZE = 12;

/** IPv4 address, or the number of an IPv6 address, of side 0 and side 1. */
export const LOWER = 0;
export const UPPER = 1;
/** Port of side 0 in the upper half, of side 1 in the lower. */
export const PORTS = 2;
/**
 * 4 or 6, and above it the realm (`Segment.realm`); FORGOTTEN where the row waits to be used again, and LOWER is then
 * the next of those.
 */
export const FAMILY = 3;
/** Its latest connection. */
export const LATEST = 4;
/** Its latest stream. */
export const STREAM = 5;
/** In its place where there is none: nothing was seen of the tuple but a few bytes that an ICMP error quotes. */
export const NO_STREAM = -1;
/** First sequence number of each side, once `SIGHTS` says so: two words. */
export const BASES = 6;
/** Bits 0 and 1: whether the base of side 0 and 1 is known; from bit 8 on tcp.completeness of the latest stream. */
export const SIGHTS = 8;
/** What each side sent last that may be captured twice, as `Duplicates` numbers it: two words. */
export const REMEMBERED = 9;
