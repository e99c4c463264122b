import type { ConnectionId, FrameNumber } from '../../base/numbers.js';
import type { NetworkErrorKind } from '../../tcp/network-error.js';
import type { Duration, Time } from '../../base/time.js';
import type { Stall } from '../../tcp/exchange.js';

/** A number for each end: the client's, then the server's. */
export type Both = readonly [client: number, server: number];

/** Payload of the other side of which the end that closed first knew nothing when it did. */
export interface Late {
  /** When its first segment stood at the tap: before the close, too, where they crossed. */
  readonly at: Time;
  /**
   * Those that were for somebody: none where a client said good-bye, and nothing else, or asked behind a GOAWAY of its
   * server, which tells it to ask elsewhere (RFC 9113 §6.8).
   */
  readonly bytes: number;
  /** Its sender had not acknowledged the close: it could not know. */
  readonly crossed: boolean;
  /** The end that had closed acknowledged it all the same: a half-closed connection. */
  readonly read: boolean;
  readonly drewReset: boolean;
}

/** What an ICMP error said of a segment: that it could not be delivered, or was too large. */
export interface Undelivered {
  /** Address of its sender: a router, a firewall, or the addressed host itself. */
  readonly by: string;
  readonly kind: NetworkErrorKind;
  /** `ICMP 3/13`. */
  readonly code: string;
  /** What would have fit, bytes; 0 where nothing is said of it. */
  readonly mtu: number;
  readonly at: Time;
  /** Whose segment it was, 0 the client's, 1 the server's. */
  readonly talker: 0 | 1;
}

/** The first RST of a connection. */
export interface FirstReset {
  /** 0 the client, 1 the server. */
  readonly by: 0 | 1;
  readonly at: Time;
  readonly ttl: number;
  /** Without ACK: it answers a segment that no socket wanted (RFC 9293 §3.5.2). */
  readonly bare: boolean;
}

/**
 * What detectors of diagnoses know of one connection. Plain data, so that it goes from thread to thread as it is.
 *
 * Times are those at the tap; NaN where there is none. All of first transmissions only: what is sent again is no new
 * payload.
 */
export interface Facts {
  /**
   * `Connection.id` and Wireshark's stream; told apart from the rest, for they are known once everything has been read
   * (`Gathering.settle`).
   */
  id: ConnectionId;
  stream: number;
  /** Its place among all that are looked at together (`diagnose`); -1 before. */
  place: number;
  /** What it shows at first sight (signs.ts). */
  signs: number;
  /** By which a connection is told from all others meanwhile. */
  readonly frame: FrameNumber;
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly serverPort: number;
  /** No SYN and no SYN-ACK was seen. */
  readonly isGuessed: boolean;
  /** The capture lacks something that it sent and that was acknowledged. */
  readonly lacks: boolean;
  /** Nothing of one end was captured, which the other heard (flow/history/one-direction.ts). */
  readonly isOneDirection: boolean;
  /** Some of its packets were captured twice (flow/duplicates.ts): `packets` counts copies, too. */
  readonly isDoubled: boolean;
  /** Opened and closed as RFC 9293 draws it (flow/clean-close.ts). */
  readonly isPlain: boolean;
  readonly start: Time;
  readonly end: Time;
  /**
   * SYNs of the client, when the last one before the answer was sent; SYN-ACKs; the first of them, or where the capture
   * lacks them the acknowledgment that shows one; the client's first acknowledgment.
   */
  readonly attempts: number;
  /** What its first SYN asks beyond a connection, and its last one before the answer: bits of syn-asks.ts. */
  readonly synAsks: number;
  readonly lastSyn: Time;
  readonly synAcks: number;
  readonly synAck: Time;
  readonly established: Time;
  /** The client had not said a word when the last SYN-ACK was sent. */
  readonly isAskedInSilence: boolean;
  /** Who sent the first payload, 0 the client or 1 the server; -1 nobody. */
  readonly firstSpeaker: -1 | 0 | 1;
  /** From end to end and back, as the handshake shows it; 0 where it does not. */
  readonly roundTrip: Duration;
  /** Who sent the first FIN or RST, 0 the client or 1 the server; -1 nobody. */
  readonly closer: -1 | 0 | 1;
  readonly closeAt: Time;
  readonly closedByReset: boolean;
  /** The other side's FIN or RST; NaN where there is none. */
  readonly otherCloseAt: Time;
  /**
   * How long no payload was known to the closer when it closed, its own good-bye aside; NaN where that does not show.
   */
  readonly idle: Duration;
  /**
   * How long the client had said nothing when the server closed, which had spoken out of that silence itself
   * meanwhile, as by pings and heartbeats; how long the server had when its client closed, which had spoken since; 0
   * elsewhere.
   */
  readonly unheard: Duration;
  /** The closer's good-bye ended that silence. */
  readonly saidGoodBye: boolean;
  /** The closer closed while a request of the client waited for its answer. */
  readonly pending: boolean;
  /**
   * The server closed on a request of HTTP/1.x that had not come to its end, whether it had answered or not: its head
   * had not, or its client had announced more than it had sent.
   */
  readonly owes: boolean;
  /**
   * When that request began, and its last piece; of one that waits when the capture ends, too. NaN where none waits.
   */
  readonly requestAt: Time;
  readonly lastPieceAt: Time;
  readonly requestPieces: number;
  readonly late: Late | null;
  readonly reset: FirstReset | null;
  /**
   * The first ICMP error which says that something did not arrive whatever its size; else the first one that tells of a
   * size; else null.
   */
  readonly undelivered: Undelivered | null;
  /** How often the turn to speak changed. */
  readonly turns: number;
  /** The longest pause after which both sides spoke again. */
  readonly longestPause: Duration;
  /**
   * The longest silence on the wire after which both sides were heard again: what lies between them forgets no sooner.
   */
  readonly longestQuiet: Duration;
  /** The last pause of a second or more, who ended it by payload, and when; 0 and NaN where there was none. */
  readonly lastPause: Duration;
  readonly pauseEndedBy: 0 | 1;
  readonly pauseEnd: Time;
  readonly slowestAnswer: Duration;
  /** When that answer came; NaN where there was none. */
  readonly slowestAnswerAt: Time;
  /**
   * The longest time over which one end sent again, three times and more, and heard nothing; null where there was none.
   */
  readonly stall: Stall | null;
  /** When the side that spoke last began to, which it was (-1: nobody spoke), and when new payload was last seen. */
  readonly turnAt: Time;
  readonly turnOf: -1 | 0 | 1;
  readonly payloadAt: Time;
  readonly bytes: Both;
  /** Of the first payload of each end, and of its last one before the close; 0 where there is none. */
  readonly firstLength: Both;
  readonly lastLength: Both;
  readonly packets: Both;
  /** Sequence numbers: the first that was seen of each end, and behind its last. */
  readonly firstSequence: Both;
  readonly nextSequence: Both;
  /** Segments sent again, and those since the peer last spoke. */
  readonly repeats: Both;
  readonly unanswered: Both;
  /** Bytes that were passed over and never seen. */
  readonly missing: Both;
  /** When each end was last heard, RSTs aside. */
  readonly heard: Both;
  /** When each end sent the first payload that the peer has not acknowledged to the end; NaN where all is. */
  readonly stuckSince: Both;
  /**
   * Its length as it was sent last: what one's own kernel hands down in one piece is sent again in segments. 0 where
   * there is none.
   */
  readonly stuckLength: Both;
  readonly largestAcknowledged: Both;
  readonly largestSent: Both;
  /** How long the window that each end offers was 0 in all, up to the capture's end; whether it still is. */
  readonly closedWindow: Both;
  readonly hasClosedWindow: readonly [boolean, boolean];
  readonly lowestTtl: Both;
  readonly highestTtl: Both;
  /** Numbers of `PAYLOAD_KINDS`, and one of `PRODUCTS`. */
  readonly kinds: Both;
  readonly product: number;
}
