import type { End } from '../base/numbers.js';
import { SYN } from '../decode/segment.js';
import { formatAddress } from '../decode/address.js';
import * as ENDPOINT_FLAG from '../flow/endpoint-flags.js';
import type { FlowTable } from '../flow/flow-table.js';
import { FOREIGN, TellingSegment } from '../flow/history/telling-segment.js';
import { connectionIdsOf } from '../flow/identity/connection-ids.js';
import type { ConnectionIds } from '../flow/identity/connection-ids.js';
import { ANY_COUNT } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import { PROFILES } from './profiles.js';
import type { Profile } from './profiles.js';

/** What a host's own segments say of its system. */
export interface HostGuess {
  /** As `Address` writes it. */
  readonly address: string;
  /** Null where nothing tells: then the default counts. */
  readonly profile: Profile | null;
  /** In words, with the frame it was read from. */
  readonly because: string;
  /** Earlier ones are believed: twice the first frame of the connection it was read from, and 1 more for the server. */
  readonly order: number;
}

/**
 * Orders of SYN options, a nibble each as `Segment.optionLayout` has them: 2 MSS, 3 window scale, 4 SACK permitted,
 * 8 timestamps, 1 NOP, 0 end.
 *
 * Linux: tcp_options_write (net/ipv4/tcp_output.c). FreeBSD: tcp_addoptions. macOS and Windows: as in nmap-os-db and
 * p0f.fp.
 */
const LAYOUTS: readonly { readonly layout: number; readonly name: string; readonly profiles: readonly Profile[] }[] = [
  { layout: 0x24813, name: 'mss, sackOK, TS, nop, wscale', profiles: ['linux'] },
  { layout: 0x211413, name: 'mss, nop, nop, sackOK, nop, wscale', profiles: ['linux'] },
  { layout: 0x211813, name: 'mss, nop, nop, TS, nop, wscale', profiles: ['linux'] },
  { layout: 0x213114, name: 'mss, nop, wscale, nop, nop, sackOK', profiles: ['windows'] },
  { layout: 0x21311840, name: 'mss, nop, wscale, nop, nop, TS, sackOK, end', profiles: ['macos'] },
  { layout: 0x21348, name: 'mss, nop, wscale, sackOK, TS', profiles: ['freebsd', 'windows'] },
];

/** Profiles that segments can show. */
export const GUESSABLE: readonly Profile[] = [...new Set(LAYOUTS.flatMap(({ profiles }) => profiles))];

/** Guesses that can be packed, and what their texts have at most. */
const MOST_GUESSES = 2 ** 24;
const LONGEST_ADDRESS = 64;
const LONGEST_REASON = 256;

/** Windows starts with a TTL of 128, the others here with 64; on the way it only falls. */
const HIGHEST_UNIX_TTL = 64;

/**
 * Reads the first SYN or SYN-ACK of every host in these connections, which come in order of their first frames. Not the
 * SYN of an attempt that nobody answered: floods invent their addresses, millions of them, and what becomes of an
 * attempt depends on no system's timers.
 */
export function guessHosts(
  table: FlowTable, connectionIds: Pick<ConnectionIds, 'rows'> = connectionIdsOf(table),
): Map<string, HostGuess> {
  const { connections, tuples } = table;
  const seen = new Set<number>();
  const guesses = new Map<string, HostGuess>();
  const rows: TellingSegment[] = [];
  for (const connection of connectionIds.rows()) {
    if (connections.packets(connection, 1) === 0 && connections.endpointFlags(connection, 0) === ENDPOINT_FLAG.syn)
      continue;
    for (const role of [0, 1] as const) {
      const side = connections.clientSide(connection) ^ role;
      const tuple = connections.tuple(connection);
      const host = tuples.host(tuple, side);
      // Before a look at the endpoint, which lies elsewhere in memory: nearly all hosts are known by then.
      if (seen.has(host) || (connections.endpointFlags(connection, role) & ENDPOINT_FLAG.syn) === 0) continue;
      seen.add(host);
      const syn = firstSyn(table, connection, role, rows);
      const { family, words } = tuples.address(tuple, side);
      const address = formatAddress(family, ...words);
      const order = connections.firstFrame(connection) * 2 + role;
      guesses.set(address, { ...guess(address, connections.optionLayout(connection, role), syn), order });
    }
  }
  return guesses;
}

export function packGuesses(to: Packer, guesses: ReadonlyMap<string, HostGuess>): void {
  to.number(guesses.size);
  for (const { address, profile, because, order } of guesses.values()) {
    to.text(address);
    to.number(profile === null ? -1 : PROFILES.indexOf(profile));
    to.text(because);
    to.number(order);
  }
}

export function unpackGuesses(from: Unpacker): Map<string, HostGuess> {
  const guesses = new Map<string, HostGuess>();
  for (let hosts = from.integer(0, MOST_GUESSES); hosts > 0; hosts--) {
    const address = from.text(LONGEST_ADDRESS);
    const profile = PROFILES[from.integer(-1, PROFILES.length - 1)] ?? null;
    guesses.set(address, { address, profile, because: from.text(LONGEST_REASON), order: from.integer(0, ANY_COUNT) });
  }
  return guesses;
}

/** What two parts of a capture say of their hosts. */
export function joinGuesses(
  one: ReadonlyMap<string, HostGuess>, other: ReadonlyMap<string, HostGuess>,
): Map<string, HostGuess> {
  const first = new Map(one);
  addGuesses(first, other);
  return new Map([...first].sort(([, a], [, b]) => a.order - b.order));
}

/** Adds to `first` what it does not know of yet, or knows only from later on. */
export function addGuesses(first: Map<string, HostGuess>, others: ReadonlyMap<string, HostGuess>): void {
  for (const [address, guess] of others)
    if ((first.get(address)?.order ?? Infinity) > guess.order) first.set(address, guess);
}

function firstSyn(
  table: FlowTable, connection: number, role: End, rows: TellingSegment[],
): TellingSegment | undefined {
  const count = table.history.load(table.connections.history(connection), rows);
  return rows.slice(0, count).find((row) => row.talker === role && row.flags & SYN && !(row.marks & FOREIGN));
}

function guess(address: string, layout: number, syn: TellingSegment | undefined): Omit<HostGuess, 'order'> {
  const where = syn ? ` (frame ${syn.frame})` : '';
  const known = LAYOUTS.find((candidate) => candidate.layout === layout);
  if (!known) return { address, profile: null, because: `its SYN options are those of no system known here${where}` };
  const [profile = null] = known.profiles.filter(
    (candidate) => !syn || (candidate === 'windows') === syn.ttl > HIGHEST_UNIX_TTL,
  );
  const ttl = syn ? ` and TTL ${syn.ttl}` : '';
  return {
    address, profile,
    because: profile
      ? `SYN options ${known.name}${ttl}, as ${profile} sends them${where}`
      : `SYN options ${known.name} of ${known.profiles.join(' or ')}, but TTL ${syn?.ttl}${where}`,
  };
}
