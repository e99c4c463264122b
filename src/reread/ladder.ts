import type { ConnectionId, FrameNumber } from '../base/numbers.js';
import { flagLetters } from '../decode/flag-letters.js';
import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import type { Segment } from '../decode/segment.js';
import { distance, isAfter } from '../flow/sequence.js';
import type { Analysis, Connection, LadderRow, Role, State, StateEntry } from '../analysis/model.js';
import { ConnectionCursor } from './connection-cursor.js';
import { NO_ID } from './connection-matcher.js';
import { readAgain } from './reopen.js';

/** RFC 7323 §2.3: a shift count above 14 counts as 14. */
const GREATEST_SHIFT = 14;

export interface LadderOptions {
  readonly signal?: AbortSignal;
  /**
   * Rows at most, 2 at least: of a connection of more segments the first half and the last ones, which stand for all.
   * Default: no limit.
   */
  readonly most?: number;
  /** Frames that get a row; the others are read all the same, for what follows rests on them. Default: all. */
  readonly wanted?: (id: ConnectionId, frame: FrameNumber) => boolean;
}

/**
 * Reads the segments of one connection again from the captures, with both endpoints' states beside each.
 *
 * Reads from the beginning, because which packets are the connection's depends on the ones before, and stops behind its
 * last.
 * @throws CaptureError where a file cannot be read any more, and the signal's reason where it is aborted
 */
export async function readLadder(
  analysis: Analysis, id: ConnectionId, options: LadderOptions = {},
): Promise<LadderRow[]> {
  const [rows] = await readLadders(analysis, [id], options);
  return rows!;
}

/** The ladders of several connections in one reading, in the order of `ids`. */
export async function readLadders(
  analysis: Analysis, ids: readonly ConnectionId[],
  { signal, most = Infinity, wanted = () => true }: LadderOptions = {},
): Promise<LadderRow[][]> {
  const ladders = ids.map((id) => new Ladder(analysis.connection(id), most, wanted));
  const lastFrame = ladders.reduce((last, ladder) => Math.max(last, ladder.lastFrame), 0);
  const byId = byConnection(ladders);
  const cursor = new ConnectionCursor(analysis, () => withPrevious(analysis, ids), { lastFrame });
  await readAgain(analysis, (batch) => {
    cursor.begin(batch);
    while (cursor.next()) {
      const concerned = byId.get(cursor.id);
      if (concerned !== undefined) for (const ladder of concerned) ladder.take(cursor);
    }
    return cursor.at.isDone;
  }, signal);
  return ladders.map((ladder) => ladder.rows());
}

/** The last frame that is a connection's, or one of its resets'. */
export function lastFrameOf({ resets, lastFrame }: Connection): FrameNumber {
  return resets.reduce((last, reset) => Math.max(last, reset.frame), lastFrame);
}

/** The connections before them, too, whose sockets may have answered; of those that are still there. */
function withPrevious(analysis: Analysis, ids: readonly ConnectionId[]): Set<number> {
  const all = new Set(ids);
  for (const id of ids) {
    const { previous } = analysis.connection(id);
    if (previous !== null && !isForgotten(analysis, previous)) all.add(previous);
  }
  return all;
}

function isForgotten(analysis: Analysis, id: ConnectionId): boolean {
  try {
    analysis.connection(id);
    return false;
  } catch (error) {
    if (error instanceof RangeError) return true;
    throw error;
  }
}

/** The ladders that a segment of a connection may belong to, by its id. */
function byConnection(ladders: readonly Ladder[]): Map<number, Ladder[]> {
  const all = new Map<number, Ladder[]>();
  for (const ladder of ladders) {
    for (const id of ladder.ids) {
      const those = all.get(id);
      if (those === undefined) all.set(id, [ladder]);
      else those.push(ladder);
    }
  }
  return all;
}

/** One side of the ladder. */
class Side {
  initial: number | null = null;
  next = 0;
  acknowledged: number | null = null;
  scale = 0;
  synScale = -1;
}

class Ladder {
  /** The first ones, and behind them a ring of the last ones. */
  private readonly taken: LadderRow[] = [];
  private leftOut = 0;
  private readonly most: number;
  private readonly wanted: NonNullable<LadderOptions['wanted']>;
  readonly lastFrame: number;
  private readonly sides = { client: new Side(), server: new Side() };
  private readonly connection: Connection;
  private readonly triggers: ReadonlyMap<number, number>;
  private readonly answered: ReadonlySet<number | null>;
  /** Frames of challenge ACKs by the earlier connection's sockets, whatever the table has seen of that connection. */
  private readonly challenges: ReadonlySet<number | null>;

  constructor(connection: Connection, most: number, wanted: NonNullable<LadderOptions['wanted']>) {
    this.most = most;
    this.wanted = wanted;
    this.connection = connection;
    this.challenges = new Set(
      connection.resets.filter(({ cause }) => cause === 'challenge').map((reset) => reset.trigger),
    );
    this.lastFrame = lastFrameOf(connection);
    this.answered = new Set(connection.resets.map((reset) => reset.trigger));
    this.triggers = new Map(
      connection.resets.flatMap((reset) => (reset.trigger === null ? [] : [[reset.frame, reset.trigger] as const])),
    );
  }

  /** The ladder's connection, and the one before it on these ports, whose sockets may answer. */
  get ids(): readonly ConnectionId[] {
    const { id, previous } = this.connection;
    return previous === null ? [id] : [id, previous];
  }

  /** Adds the segment that the cursor is at, if it is the connection's. */
  take(cursor: ConnectionCursor): void {
    const { frame } = cursor.at;
    if (frame < this.connection.firstFrame || frame > this.lastFrame || !this.concerns(cursor.id, frame)) return;
    const row = this.row(cursor);
    if (this.wanted(this.connection.id, frame)) this.keep(row);
  }

  rows(): LadderRow[] {
    const { taken, leftOut, most } = this;
    if (leftOut === 0) return taken;
    const half = most >> 1;
    const last = taken.slice(half);
    const oldest = leftOut % last.length;
    const [next, ...others] = [...last.slice(oldest), ...last.slice(0, oldest)];
    return [
      ...taken.slice(0, half),
      { ...next!, leftOut, note: [sayLeftOut(leftOut), next!.note].filter((text) => text !== '').join('; ') },
      ...others,
    ];
  }

  private keep(row: LadderRow): void {
    if (this.taken.length < this.most) {
      this.taken.push(row);
      return;
    }
    const half = this.most >> 1;
    this.taken[half + (this.leftOut++ % (this.most - half))] = row;
  }

  /** Whether a frame is on the ladder: the connection's own, or an answer of the earlier one's sockets to its SYNs. */
  private concerns(id: ConnectionId, frame: FrameNumber): boolean {
    return (
      id === this.connection.id ||
      (id !== NO_ID && frame > this.connection.firstFrame && id === this.connection.previous &&
        this.answered.has(frame))
    );
  }

  private row({ at: { segment, frame, time }, id, role, duplicateOf }: ConnectionCursor): LadderRow {
    const { connection, sides } = this;
    const foreign = id !== connection.id || this.challenges.has(frame);
    const by: Role = foreign ? 'server' : role === 0 ? 'client' : 'server';
    const own = sides[by];
    const peer = sides[by === 'client' ? 'server' : 'client'];
    const challenge =
      `challenge ACK of ` +
      (connection.previous === null
        ? 'a connection that this capture does not show'
        : `connection ${connection.previous}`);
    const told = foreign ? challenge : this.note(segment, frame, own, peer);
    const note = duplicateOf > 0 ? `frame ${duplicateOf}, captured again` : told;
    if (!foreign) learn(segment, own, peer);
    const { flags } = segment;
    return {
      frame, time, by, flags: flagLetters(flags),
      sequence: own.initial === null ? segment.sequence >>> 0 : distance(segment.sequence, own.initial),
      length: segment.length,
      acknowledgment:
        flags & ACK
          ? peer.initial === null
            ? segment.acknowledgment >>> 0
            : distance(segment.acknowledgment, peer.initial)
          : null,
      window: segment.window * 2 ** (flags & SYN ? 0 : own.scale), options: options(segment), note,
      states: {
        client: stateAt(connection.states.client, frame, time), server: stateAt(connection.states.server, frame, time),
      },
    };
  }

  private note(segment: Segment, frame: FrameNumber, own: Side, peer: Side): string {
    const { flags, length } = segment;
    const trigger = this.triggers.get(frame);
    if (trigger !== undefined) return `answers frame ${trigger}`;
    if (own.initial === null || flags & RST) return '';
    const end = segment.sequence + length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
    const behind = isAfter(own.next, segment.sequence);
    if (
      behind && length <= 1 && !(flags & (SYN | FIN)) && peer.acknowledged !== null &&
      isAfter(peer.acknowledged, segment.sequence)
    )
      return 'keepalive or window probe';
    if (behind && !isAfter(end | 0, own.next) && (length > 0 || flags & (SYN | FIN))) return 'retransmission';
    if (isAfter(segment.sequence, own.next)) return 'segments before it were not captured';
    if (flags & ACK && segment.window === 0 && !(flags & (SYN | FIN))) return 'window closed';
    return '';
  }
}

/** Of a row that has segments before it that are not told. */
export function sayLeftOut(count: number): string {
  return `${count} segments before it are left out`;
}

function learn(segment: Segment, own: Side, peer: Side): void {
  const { flags, sequence, length } = segment;
  if (flags & RST) return;
  if (own.initial === null || flags & SYN) {
    own.initial = flags & SYN ? sequence : (sequence - 1) | 0;
    own.next = sequence;
  }
  const end = (sequence + length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)) | 0;
  if (isAfter(end, own.next)) own.next = end;
  if (flags & ACK) {
    if (own.acknowledged === null || isAfter(segment.acknowledgment, own.acknowledged))
      own.acknowledged = segment.acknowledgment;
    if (peer.initial === null) {
      peer.initial = (segment.acknowledgment - 1) | 0;
      peer.next = segment.acknowledgment;
    }
  }
  if (flags & SYN) own.synScale = segment.windowScale;
  // Both ends must have offered the option (RFC 7323 §2.2).
  if (own.synScale >= 0 && peer.synScale >= 0) {
    own.scale = Math.min(own.synScale, GREATEST_SHIFT);
    peer.scale = Math.min(peer.synScale, GREATEST_SHIFT);
  }
}

function options(segment: Segment): string {
  const said: string[] = [];
  if (segment.flags & SYN) {
    if (segment.maximumSegmentSize > 0) said.push(`mss ${segment.maximumSegmentSize}`);
    if (segment.windowScale >= 0) said.push(`wscale ${segment.windowScale}`);
    if (segment.sackPermitted) said.push('sackOK');
  }
  if (segment.hasTimestamps) said.push(`TS ${segment.timestampValue >>> 0} ecr ${segment.timestampEcho >>> 0}`);
  if (segment.sackCount > 0) {
    const from = distance(segment.sackLeft, segment.acknowledgment);
    const to = distance(segment.sackRight, segment.acknowledgment);
    said.push(to <= 0 ? 'dsack' : `sack ack+${from}:ack+${to}`);
  }
  if (segment.mptcpResetReason >= 0) said.push(`mptcp reset reason ${segment.mptcpResetReason}`);
  return said.join(', ');
}

/** The state entered last, up to this frame or, for timers, this moment. */
function stateAt(entries: readonly StateEntry[], frame: FrameNumber, time: number): State {
  let state: State = 'CLOSED';
  for (const entry of entries) {
    if (entry.frame === null ? entry.time > time : entry.frame > frame) break;
    state = entry.state;
  }
  return state;
}
