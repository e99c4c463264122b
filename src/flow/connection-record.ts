// A connection is 48 words side by side: 16 of its own, then 16 for each of its endpoints, a cache line each. In pages, so that growing
// copies nothing, and a thread can hand all it knows to another without a copy.

/** Words of a connection. */
export const CONNECTION_SIZE = 48;

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

/** Where the client's words begin; the server's are behind them. */
export const ENDPOINTS = 16;
export const ENDPOINT_SIZE = 16;

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
 * Running rows of the history: overwritten while nothing telling happens, NO_RECORD when the next one is to be a new row. Of a history that is
 * packed their places in it.
 */
export const LATEST_DATA = 9;
export const LATEST_ACK = 10;
export const FIRST_REPEAT = 11;
export const LATEST_REPEAT = 12;
/** Initial sequence number, or the first one seen. */
export const FIRST_SEQUENCE = 13;
/** Of its SYN, as `Segment` has it. */
export const OPTION_LAYOUT = 14;
