// A connection is 84 words side by side: 36 of its own, then 24 for each of its endpoints. In pages, so that growing
// copies nothing, and a thread can hand all it knows to another without a copy.

/** Words of a connection. */
export const CONNECTION_SIZE = 84;

/** Row of the tuple table. */
export const TUPLE = 0;
/** Bits of connection-flags.ts. */
export const CONNECTION_FLAGS = 1;
/** While this one is an unanswered attempt: the earlier connection whose sockets may answer in its place. */
export const INCUMBENT = 2;
/** Wireshark's stream of the last frame. */
export const LAST_STREAM = 3;
/** A double, as all times are: two words. */
export const END = 4;
export const LAST_FRAME = 6;
/** The last row of its history; or where that is packed (`isPacked`). */
export const HISTORY = 7;
export const START = 8;
/** When the first FIN was seen; meaningless before. */
export const CLOSING_AT = 10;
export const FIRST_FRAME = 12;
/** Wireshark's stream of the first frame. */
export const STREAM = 13;
/** The connection before this one on the tuple. */
export const PREVIOUS = 14;
/** Rows of its history. */
export const ROWS = 15;
// Times from here on are milliseconds since `START`, unsigned; those that say "none" by 0 are one more.
/** When the side that sent the last new payload began to: while it is the client's turn, how old its request is. */
export const TURN_AT = 16;
/** When new payload was last seen, of either side. */
export const PAYLOAD_AT = 17;
/**
 * How often the turn changed (16 bits, at most 65,535), bits of conversation.ts (2), the product that the server names
 * (6), bits of conversation.ts (8).
 */
export const TURNS_PRODUCT_BITS = 18;
/** How long no new payload had been seen when the first FIN or RST came, a good-bye of its sender aside. */
export const QUIET_AT_CLOSE = 19;
/** How long ago the turn had begun when the first FIN or RST came. */
export const TURN_AGE_AT_CLOSE = 20;
/** The longest silence after which both sides spoke again: what lies between forgets this connection no sooner. */
export const LONGEST_QUIET = 21;
/**
 * A silence that one side has ended and the other has not answered yet; its lowest bit says who. 0 if there is none.
 */
export const PENDING_QUIET = 22;
/** The longest time from the first payload of a request to that of its answer. */
export const SLOWEST_ANSWER = 23;

/**
 * The last time from a second on in which no new payload came, and when it ended; the lowest bit of the first says who
 * ended it.
 */
export const LAST_PAUSE = 24;
export const PAUSE_END = 25;
/** The longest such time after which both sides spoke again: an idle limit is longer. */
export const LONGEST_PAUSE = 26;
/** Pieces, half a second apart or more, in which the request came that is under way. */
export const REQUEST_PIECES = 27;
/** Index into the capture's interfaces: of its last frame. */
export const INTERFACE = 28;
/**
 * When something that one side had sent was last noticed to be missing: one more than the milliseconds; 0 if none was.
 */
export const LAST_HOLE = 29;
/** When the answer came that took longest. */
export const SLOWEST_ANSWER_AT = 30;
/**
 * The longest time over which one side sent again, three times and more, and heard nothing; its lowest bit says who. 0
 * if there was none.
 */
export const LONGEST_STALL = 31;
/** When it first did: the silence had begun before. And how often it did, with that. */
export const STALL_FROM = 32;
export const STALL_REPEATS = 33;
/**
 * How long the body is that the last HTTP message announced, and the sequence number behind it; once its sender has
 * closed, how much of it is missing (http-message.ts).
 */
export const BODY_LENGTH = 34;
export const BODY_END = 35;

/** Where the client's words begin; the server's are behind them. */
export const ENDPOINTS = 36;
export const ENDPOINT_SIZE = 24;

/** Bits of endpoint-flags.ts. */
export const ENDPOINT_FLAGS = 0;
export const PACKETS = 1;
/** Beyond the highest sequence number sent (SND.NXT as the wire shows it). */
export const NEXT_SEQUENCE = 2;
/** Highest acknowledgment sent (what it provably received). */
export const ACKNOWLEDGED = 3;
/** Payload bytes, each once: a double. */
export const BYTES = 4;
/** Bytes of holes: sequence numbers passed over that were not seen yet. */
export const MISSING = 6;
/** Segments sent again or probes since the peer last spoke, 0 to 65535. */
export const UNANSWERED = 7;
/** Widest window field it ever sent, but for that of its SYN. */
export const WIDEST_WINDOW = 8;
/**
 * Running rows of the history: overwritten while nothing telling happens, NO_RECORD when the next one is to be a new
 * row. Of a history that is packed their places in it.
 */
export const LATEST_DATA = 9;
export const LATEST_ACK = 10;
export const FIRST_REPEAT = 11;
export const LATEST_REPEAT = 12;
/** Initial sequence number, or the first one seen. */
export const FIRST_SEQUENCE = 13;
/** Option layout of its SYN, as `Segment` has it. */
export const OPTION_LAYOUT = 14;
/**
 * TTL of its latest segment but RSTs, the lowest and the highest of them, and what its first payload is
 * (payload-kind.ts), a byte each.
 */
export const HOPS_AND_KIND = 15;
/** Since when the window it offers is 0: one more than the milliseconds; 0 while it is open. */
export const CLOSED_WINDOW_SINCE = 16;
/**
 * How long the window it offers was 0 at a time, up to when it opened again: the longest such time, in milliseconds.
 */
export const CLOSED_WINDOW = 17;
/**
 * Its largest payload of one segment that was acknowledged with all before it (upper half), and that it sent (lower
 * half); 65,535 at most.
 */
export const LARGEST_PAYLOADS = 18;
/** Segments that it sent again, probes included. */
export const REPEATS = 19;
/**
 * Since when it has sent again and again, in a row, what its peer had acknowledged already: one more than the
 * milliseconds; 0 if it never did.
 */
export const DEAF_SINCE = 20;
/**
 * How often it did (lower half), and how often it asked for room while its peer's window was closed (upper half);
 * 65,535 at most.
 */
export const DEAF_AND_ASKED = 21;
/** When the longest time began in which its window was 0: milliseconds. */
export const CLOSED_WINDOW_FROM = 22;
/** RSTs that it sent. */
export const RESETS = 23;

/** Words of a connection that begin a double: what is packed is packed as what it is. */
export const DOUBLES: readonly number[] = [
  END,
  START,
  CLOSING_AT,
  ENDPOINTS + BYTES,
  ENDPOINTS + ENDPOINT_SIZE + BYTES,
];
