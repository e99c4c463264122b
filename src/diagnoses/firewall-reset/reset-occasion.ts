import { SECOND } from '../../base/time.js';
import type { Duration } from '../../base/time.js';
import type { Finding } from '../../findings/index.js';
import { seconds } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';
import { timerOf } from '../patterns/timer.js';

/** Silence of this length some box on the way is known not to bear (the shortest limit that makers document). */
const IDLE: Duration = 60 * SECOND;
/** So many that end within this time end by one event, not each by what it said. */
const TOGETHER = 3;
const MOMENT: Duration = SECOND;

/** A connection that ended by a RST which its supposed sender did not send. */
export interface Forged {
  readonly facts: Facts;
  readonly finding: Finding;
}

/** When it resets: at a moment of its own, after silence, at the first request, or at some amount. */
export type Occasion = 'moment' | 'idle' | 'first' | 'age' | 'later';

/** When they were reset, and what by then. */
export interface Resets {
  readonly occasion: Occasion;
  /** How long the supposed sender had been silent, at least. */
  readonly silence: Duration;
  /** Bytes that had been carried by then, ascending. */
  readonly carried: readonly number[];
  /** How old each was, at least, where all were of one age; else 0. */
  readonly age: Duration;
}

/** What these have in common: at least one. */
export function occasionOf(forged: readonly Forged[]): Resets {
  const members = forged.map(({ facts }) => facts);
  const end = forged[0]!.finding.role === 'client' ? 0 : 1;
  const moments = forged.map(({ finding }) => finding.start);
  const isOneMoment =
    members.length >= TOGETHER &&
    Math.max(...moments) - Math.min(...moments) <= MOMENT &&
    Math.max(...moments) - Math.min(...members.map(({ start }) => start)) > MOMENT;
  // Who heard nothing of the RST speaks on: what came behind it was not answered by it.
  const isFirst = forged.every(
    ({ facts: { bytes }, finding: { evidence } }) => bytes[1] === 0 || evidence['beforeAnswer'] === true,
  );
  const carried = members.map(({ bytes }) => bytes[0] + bytes[1]).sort((a, b) => a - b);
  // Where each had been silent for long, an idle limit did it.
  const silence = Math.min(
    ...members.map(({ reset: first, heard }) =>
      first?.by === end && heard[end] < first.at ? first.at - heard[end] : 0,
    ),
  );
  // A firewall that has not seen the handshake come to its end waits for it, and no longer (Cisco ASA `timeout
  // embryonic`, 30 s; Riverbed S24051 of one beside a WAN optimizer).
  const timer = timerOf(members.flatMap((of) => (of.reset === null ? [] : [{ value: of.reset.at - of.start, of }])));
  const age = timer !== null && timer.members.length === members.length && timer.value >= SECOND ? timer.value : 0;
  const occasion = isOneMoment ? 'moment' : silence >= IDLE ? 'idle' : isFirst ? 'first' : age > 0 ? 'age' : 'later';
  return { occasion, silence, carried, age };
}

/** In the middle of a sentence about so many connections; `isOfMany`: in the names of several hosts. */
export function inWords(
  { silence, carried, age }: Resets, occasion: Occasion, count: number, isOfMany = false,
): string {
  if (occasion === 'moment') return 'all in one moment';
  if (occasion === 'idle')
    return (
      `after ${count === 1 ? '' : 'at least '}${seconds(silence)} of ${isOfMany ? 'their' : 'its'} silence (so does ` +
      `an idle limit)`
    );
  if (occasion === 'first') return 'in answer to the first request';
  if (occasion === 'age') return `${seconds(age)} after each began, whatever it carried by then`;
  return `after ${size(carried[0]!)}${carried.length > 1 ? ` to ${size(carried.at(-1)!)}` : ''}`;
}

/** `address` is the one in whose name it resets; null where that are several servers. */
export function adviceOf(occasion: Occasion, silence: Duration, address: string | null): string[] {
  return [
    ...(occasion === 'idle'
      ? [
          `Send keepalives more often than that limit (TCP_KEEPIDLE below ${seconds(silence)}; ` +
            `\`net.ipv4.tcp_keepalive_time\` is 7200 by default), or raise it.`,
        ]
      : []),
    occasion === 'age'
      ? 'Look for a limit of time: a maximum age of connections, or a stateful firewall that has not seen the ' +
        'handshake come to its end (asymmetric routes, a WAN optimizer before it) and gives it up.'
      : occasion === 'moment'
      ? 'A firewall or NAT that lost its table answers so: look for a reload, a flush of conntrack or ' +
        'a failover at that moment; `ct state invalid drop` in place of a reject keeps connections.'
      : 'Look for a firewall, an intrusion prevention or a filter of content with a rule that resets (nft ' +
        '`reject with tcp reset`), a quota, a limit of time.',
    address === null
      ? 'Capture at the servers, too: a RST that they never sent proves it; their sockets stay ESTABLISHED (`ss -tn`).'
      : `Capture at ${address}, too: a RST that it never sent proves it; its socket stays ESTABLISHED (\`ss -tn\`).`,
  ];
}

/** `81 bytes`, `421 kB`. */
function size(bytes: number): string {
  return bytes < 10_000
    ? `${bytes} bytes`
    : bytes < 1e7
      ? `${Math.round(bytes / 1000)} kB`
      : `${Math.round(bytes / 1e6)} MB`;
}
