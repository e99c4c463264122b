import type { ConnectionId, FrameNumber, StreamNumber } from '../base/numbers.js';
import type { Duration, Time } from '../base/time.js';
import type { State } from './transitions.js';

/**
 * The side that opened the connection and the side that was asked; where no SYN was seen, a guess (`Connection.roles`).
 */
export type Role = 'client' | 'server';

/**
 * `certain`: nothing else could have sent these packets. `likely`: right in nine of ten. `possible`: one of several.
 */
export type Confidence = 'certain' | 'likely' | 'possible';

export interface Address {
  /** `10.0.0.1`, or IPv6 as RFC 5952 writes it. */
  readonly address: string;
  readonly port: number;
}

/** A state that an endpoint entered. */
export interface StateEntry {
  readonly state: State;
  /** When; for what an endpoint received, the time at the tap. */
  readonly time: Time;
  /** The frame that did it, counted from 1; null for a timer, which shows no frame. */
  readonly frame: FrameNumber | null;
  /** False while nothing that the endpoint sent has confirmed it, and for the end by a timer nobody saw. */
  readonly proven: boolean;
}

/** Why a RST was sent. */
export type ResetCause =
  | 'refused' | 'linger' | 'unread-data' | 'abort' | 'listener-closed' | 'keepalive-timeout' | 'retransmission-timeout'
  | 'fin-wait-2-expired' | 'closed-peer' | 'no-socket' | 'challenge' | 'echo' | 'forged' | 'unknown';

export interface Reset {
  readonly by: Role;
  readonly frame: FrameNumber;
  readonly time: Time;
  /** `active`: a socket was aborted. `reactive`: an answer to a segment that no socket wanted (RFC 9293 §3.5.2). */
  readonly shape: 'active' | 'reactive';
  readonly cause: ResetCause;
  readonly confidence: Confidence;
  readonly alternatives: readonly ResetCause[];
  /** Whether its listener took it as the end (RFC 5961 §3); null where nothing shows. */
  readonly accepted: boolean | null;
  /** The frame that drew it; null for an active one. */
  readonly trigger: FrameNumber | null;
  /** Bytes sent by each side that were not acknowledged when this RST ended the connection. */
  readonly lostBytes: { readonly client: number; readonly server: number };
  /** Why we think so: short sentences with frames and numbers. */
  readonly evidence: readonly string[];
}

export const ENDINGS = [
  'closed',
  'reset',
  'refused',
  'half-closed',
  'half-open',
  'open',
  'unanswered',
  'unknown',
] as const;
export type Ending = (typeof ENDINGS)[number];

/**
 * What is to be thought of a connection, one of four. `clean`: it was closed by both sides. `open`: it goes on, and
 * nothing speaks against it. `found`: at least one finding tells of it. `unknown`: neither; `Doubt` says why.
 */
export const STANDINGS = ['clean', 'open', 'found', 'unknown'] as const;
export type Standing = (typeof STANDINGS)[number];

/**
 * Why nothing can be said of a connection of which nothing was found. `unanswered`, `refused`, `reset`, `half-open`,
 * `half-closed`: it ended so. `handshake`: never completed; `one-way`: only one direction was captured; `silent`: the
 * last words of one end were not answered, though it sent them again; `fragment`: too little of it was captured.
 */
export const DOUBTS = [
  'unanswered', 'refused', 'reset', 'half-open', 'half-closed', 'handshake', 'one-way', 'silent', 'fragment',
] as const;
export type Doubt = (typeof DOUBTS)[number];

/** One TCP connection as the capture shows it: what `type: "flow"` of the record format says, in numbers. */
export interface Connection {
  /** 0, 1, 2… in order of the first frame. */
  readonly id: ConnectionId;
  /** Wireshark's tcp.stream (4.4 and later) of the first frame. */
  readonly stream: StreamNumber;
  /** All streams that hold packets of this connection: a colliding connect has two. */
  readonly streams: readonly StreamNumber[];
  readonly client: Address;
  readonly server: Address;
  readonly roles: 'handshake' | 'guessed';
  readonly firstFrame: FrameNumber;
  readonly lastFrame: FrameNumber;
  readonly start: Time;
  readonly end: Time;
  /** Until when what was captured would show more of it: its ages count to here. */
  readonly observedUntil: Time;
  readonly packets: { readonly client: number; readonly server: number };
  readonly bytes: { readonly client: number; readonly server: number };
  readonly states: { readonly client: readonly StateEntry[]; readonly server: readonly StateEntry[] };
  readonly ending: Ending;
  /** What is to be thought of it. Of a connection that was just folded: as if nothing were found of it. */
  readonly verdict: Standing;
  /** Null unless `verdict` is `unknown`. */
  readonly doubt: Doubt | null;
  readonly closer: Role | 'both' | null;
  readonly resets: readonly Reset[];
  readonly zeek: { readonly connState: string; readonly history: string };
  /**
   * Initial sequence numbers, 0 to 2^32 - 1; null where a side's SYN was not captured. With the addresses they name a
   * connection at every tap.
   */
  readonly isn?: { readonly client: number | null; readonly server: number | null };
  /** Wireshark's tcp.completeness. */
  readonly completeness: number;
  /** The connection on the same five-tuple before this one; null if there was none. */
  readonly previous: ConnectionId | null;
}

/** A socket at a moment, as `ss -tan` would have shown it. */
export interface Socket {
  readonly time: Time;
  readonly local: Address;
  readonly remote: Address;
  readonly state: State;
  readonly since: Time;
  /** When its timer ends it: TIME-WAIT, and FIN-WAIT-2 of a closed socket. Null where no timer runs. */
  readonly expires: Time | null;
  readonly proven: boolean;
  readonly flow: ConnectionId;
}

export type { Duration, State };
