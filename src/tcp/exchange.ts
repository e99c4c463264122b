import type { Row } from '../base/numbers.js';
import type { Connections } from '../flow/connections.js';
import type { UnfinishedBody } from '../flow/http-message.js';
import { lostBytes } from '../flow/loss.js';
import * as CONVERSATION from '../flow/conversation.js';
import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import type { PayloadKind } from '../flow/payload-kind.js';
import { PRODUCTS } from '../flow/product.js';
import type { Product } from '../flow/product.js';
import type { Duration, Time } from '../base/time.js';

/** A time over which one end sent again and again, and heard nothing. */
export interface Stall {
  /** 0 the client, 1 the server. */
  readonly by: 0 | 1;
  /** From its first repetition to its last one: the silence was longer. */
  readonly from: Time;
  readonly lasted: Duration;
  readonly repeats: number;
}

/**
 * What the two ends had said to each other, and how things stood when the first of them closed: also what no row of the
 * history holds.
 */
export interface Exchange {
  /** End that sent the first FIN or RST: 0 the client, 1 the server; null where nobody did. */
  readonly closer: 0 | 1 | null;
  readonly closedByReset: boolean;
  /** End that had sent the last new payload when that came; null where nobody had sent any. */
  readonly lastSpeaker: 0 | 1 | null;
  /**
   * How long no new payload had been seen then, a good-bye of the closer aside; and how long before the last speaker
   * had begun.
   */
  readonly quietAtClose: Duration;
  readonly turnAgeAtClose: Duration;
  /** Whether the last payload then was a good-bye in the words of its protocol. */
  readonly saidGoodBye: boolean;
  /** When an end spoke for the last time out of a silence of a second or more, and which; NaN where none did. */
  readonly pauseEnd: Time;
  readonly pauseEndedBy: 0 | 1;
  /**
   * End that sent the last new payload of all, since when, and whether that was a good-bye; and when it came, which
   * means nothing where nobody sent any.
   */
  readonly speaker: 0 | 1 | null;
  readonly turnAt: Time;
  readonly payloadAt: Time;
  readonly endedWithGoodBye: boolean;
  /** Pieces, half a second apart or more, in which the client's last request came. */
  readonly requestPieces: number;
  /** How often the side that sends payload changed. */
  readonly turns: number;
  /** The longest silence after which both sides spoke again. */
  readonly longestQuiet: Duration;
  /** The longest time over which one end sent again, three times and more, and heard nothing; null without one. */
  readonly stall: Stall | null;
  /** What the closer did not send of a body that it had announced by HTTP/1.x; null where it owed nothing. */
  readonly unfinished: UnfinishedBody | null;
  /** Whether it is seen to have sent all of one that it had announced. */
  readonly isWhole: boolean;
  /** What the first payload of each end is, and what the server calls itself. */
  readonly kinds: readonly [PayloadKind, PayloadKind];
  readonly product: Product;
  /** Bytes of holes of each end: sent, and never seen in this capture. */
  readonly missing: readonly [number, number];
  /**
   * Bytes of each end that its peer acknowledged, and that this capture lacks: those holes among them, and what lies
   * behind all that was seen.
   */
  readonly lost: readonly [number, number];
  /** When the last of these holes was noticed; NaN where there is none. */
  readonly lastHole: Time;
}

/** What is known of connection `row`. */
export function exchangeOf(connections: Connections, row: Row): Exchange {
  const bits = connections.conversation(row);
  const has = (bit: number): boolean => (bits & bit) !== 0;
  const hasClosed = has(CONVERSATION.closed);
  return {
    closer: !hasClosed ? null : has(CONVERSATION.serverCloses) ? 1 : 0,
    closedByReset: hasClosed && has(CONVERSATION.closesByReset),
    lastSpeaker: !hasClosed || !has(CONVERSATION.hadTurnAtClose) ? null : has(CONVERSATION.serverTurnAtClose) ? 1 : 0,
    quietAtClose: connections.quietAtClose(row), turnAgeAtClose: connections.turnAgeAtClose(row),
    saidGoodBye: has(CONVERSATION.farewellAtClose),
    pauseEnd: connections.lastPause(row) > 0 ? connections.pauseEnd(row) : NaN,
    pauseEndedBy: connections.pauseEndedBy(row),
    speaker: !has(CONVERSATION.hasTurn) ? null : has(CONVERSATION.serverTurn) ? 1 : 0, turnAt: connections.turnAt(row),
    payloadAt: connections.payloadAt(row),
    endedWithGoodBye: has(CONVERSATION.farewellLast), requestPieces: connections.requestPieces(row),
    turns: connections.turns(row), longestQuiet: connections.longestQuiet(row),
    stall: stallOf(connections, row),
    unfinished: hasClosed ? connections.unfinishedBody(row) : null, isWhole: connections.isWholeBody(row),
    kinds: [
      PAYLOAD_KINDS[connections.payloadKind(row, 0)] ?? 'unknown',
      PAYLOAD_KINDS[connections.payloadKind(row, 1)] ?? 'unknown',
    ],
    product: PRODUCTS[connections.product(row)] ?? 'unknown',
    missing: [connections.missing(row, 0), connections.missing(row, 1)], lastHole: connections.lastHole(row),
    lost: [lostBytes(connections, row, 0), lostBytes(connections, row, 1)],
  };
}

/** The longest time over which an end of connection `row` sent again and again, and heard nothing. */
export function stallOf(connections: Connections, row: Row): Stall | null {
  const lasted = connections.longestStall(row);
  return lasted === 0
    ? null
    : {
        by: connections.stallBy(row), from: connections.stallFrom(row), lasted, repeats: connections.stallRepeats(row),
      };
}
