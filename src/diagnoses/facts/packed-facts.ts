import { PAYLOAD_KINDS } from '../../flow/payload-kind.js';
import { PRODUCTS } from '../../flow/product.js';
import { ANY_COUNT, UnpackError } from '../../packing/packer.js';
import type { Packer, Unpacker } from '../../packing/packer.js';
import { NETWORK_ERROR_KINDS } from '../../tcp/network-error.js';
import { signsOf } from './signs.js';
import type { Stall } from '../../tcp/exchange.js';
import type { Both, Facts, FirstReset, Late, Undelivered } from './facts.js';

/** What a number may be: any finite one; a time, or NaN; or a whole number from the one to the other. */
type Range = typeof ANY | typeof TIME | readonly [least: number, most: number];
const ANY = 'any';
const TIME = 'time';

const COUNT: Range = [0, ANY_COUNT];
const PORT: Range = [0, 0xffff];
const ROLE: Range = [0, 1];
const BYTE: Range = [0, 0xff];
const SEQUENCE: Range = [-(2 ** 31), 2 ** 31 - 1];

/** Fields of `Facts` that are a `T`, but for those of its service, its place in a scene, and its signs. */
type FieldsOf<T> = Exclude<
  { [Name in keyof Facts]: Facts[Name] extends T ? Name : never }[keyof Facts],
  'serverPort' | 'server' | 'place' | 'signs'
>;

/** A column each. A new fact does not compile before it is named here. */
const NUMBERS: Readonly<Record<FieldsOf<number>, Range>> = {
  id: [-1, ANY_COUNT], stream: COUNT, frame: [0, 2 ** 32 - 1], clientPort: PORT, start: ANY, end: ANY, attempts: COUNT,
  synAsks: [0, 15],
  lastSyn: TIME, synAcks: COUNT, synAck: TIME, established: TIME, roundTrip: ANY, closer: [-1, 1], closeAt: TIME,
  otherCloseAt: TIME, idle: TIME, unheard: ANY, requestAt: TIME, lastPieceAt: TIME, requestPieces: COUNT, turns: COUNT,
  longestPause: ANY, longestQuiet: ANY, lastPause: ANY, pauseEndedBy: ROLE, pauseEnd: TIME, slowestAnswer: ANY,
  slowestAnswerAt: TIME,
  turnAt: ANY, turnOf: [-1, 1], firstSpeaker: [-1, 1], payloadAt: ANY, product: [0, PRODUCTS.length - 1],
};

/** A column for each end. */
const BOTH: Readonly<Record<FieldsOf<Both>, Range>> = {
  bytes: ANY, firstLength: COUNT, lastLength: COUNT, packets: COUNT, firstSequence: SEQUENCE,
  nextSequence: SEQUENCE, repeats: COUNT, unanswered: COUNT,
  missing: COUNT, heard: TIME, stuckSince: TIME, stuckLength: COUNT, largestAcknowledged: COUNT, largestSent: COUNT,
  closedWindow: ANY, lowestTtl: BYTE, highestTtl: BYTE, kinds: [0, PAYLOAD_KINDS.length - 1],
};

/** A bit each; behind them come those of `hasClosedWindow`, `late`, `reset`, `undelivered` and `stall`. */
const FLAGS: Readonly<Record<FieldsOf<boolean>, number>> = {
  isGuessed: 1, isPlain: 2, closedByReset: 4, saidGoodBye: 8, pending: 16, lacks: 32,
  isOneDirection: 524_288, isDoubled: 1_048_576, owes: 2_097_152, isAskedInSilence: 4_194_304,
};
const CLIENT_WINDOW = 64;
const SERVER_WINDOW = 128;
const HAS_LATE = 256;
const CROSSED = 512;
const READ = 1024;
const DREW_RESET = 2048;
const HAS_RESET = 4096;
const RESET_BY_SERVER = 8192;
const BARE = 16_384;
const HAS_UNDELIVERED = 32_768;
const UNDELIVERED_OF_SERVER = 65_536;
const HAS_STALL = 131_072;
const STALL_OF_SERVER = 262_144;

/** All of these at once. */
const ALL_BITS = 2 * Math.max(STALL_OF_SERVER, ...Object.values(FLAGS)) - 1;

/** Letters of an address, and of an ICMP type and code. */
const LONGEST_ADDRESS = 64;
const LONGEST_CODE = 16;

const OTHERS = [
  'client', 'server', 'serverPort', 'place', 'signs', 'hasClosedWindow', 'late', 'reset', 'undelivered', 'stall',
] as const satisfies readonly Exclude<keyof Facts, FieldsOf<number> | FieldsOf<Both> | FieldsOf<boolean>>[];

/**
 * All fields there are: facts begin as a copy of it. V8 makes a hash table of an object that is given one field after
 * the other by its name, which takes twice as long to fill and to ask.
 */
const blank = Object.fromEntries(
  [...OTHERS, ...Object.keys({ ...NUMBERS, ...BOTH, ...FLAGS })].map((name) => [name, 0]),
);

const numbers = Object.entries(NUMBERS) as (readonly [FieldsOf<number>, Range])[];
const both = Object.entries(BOTH) as (readonly [FieldsOf<Both>, Range])[];
const flags = Object.entries(FLAGS) as (readonly [FieldsOf<boolean>, number])[];

/**
 * Packs the facts of many connections, column by column; what is of their services must be known to who unpacks them.
 */
export function packFacts(to: Packer, all: readonly Facts[]): void {
  const column = (of: (facts: Facts) => number): void => {
    // Not `Float64Array.from`, which asks an iterator: that takes four times as long.
    const values = new Float64Array(all.length);
    for (let place = 0; place < all.length; place++) values[place] = of(all[place]!);
    to.column(values, all.length);
  };
  const names = (of: (facts: Facts) => string | undefined): void => {
    const places = new Map<string, number>();
    for (const facts of all) {
      const name = of(facts);
      if (name !== undefined && !places.has(name)) places.set(name, places.size);
    }
    to.number(places.size);
    for (const name of places.keys()) to.text(name);
    column((facts) => places.get(of(facts) ?? '') ?? 0);
  };
  names(({ client }) => client);
  for (const [name] of numbers) to.column(numbersOf(all, name), all.length);
  for (const [name] of both) for (const role of [0, 1] as const) to.column(bothOf(all, name, role), all.length);
  column(bitsOf);
  column(({ late }) => late?.at ?? 0);
  column(({ late }) => late?.bytes ?? 0);
  column(({ reset }) => reset?.at ?? 0);
  column(({ reset }) => reset?.ttl ?? 0);
  names(({ undelivered }) => undelivered?.by);
  names(({ undelivered }) => undelivered?.code);
  column(({ undelivered }) => (undelivered === null ? 0 : NETWORK_ERROR_KINDS.indexOf(undelivered.kind)));
  column(({ undelivered }) => undelivered?.mtu ?? 0);
  column(({ undelivered }) => undelivered?.at ?? 0);
  column(({ stall }) => stall?.from ?? 0);
  column(({ stall }) => stall?.lasted ?? 0);
  column(({ stall }) => stall?.repeats ?? 0);
}

// Loops of their own, for these are nearly all columns: a call for each value takes twice as long.

function numbersOf(all: readonly Facts[], name: FieldsOf<number>): Float64Array {
  const values = new Float64Array(all.length);
  for (let place = 0; place < all.length; place++) values[place] = all[place]![name];
  return values;
}

function bothOf(all: readonly Facts[], name: FieldsOf<Both>, role: 0 | 1): Float64Array {
  const values = new Float64Array(all.length);
  for (let place = 0; place < all.length; place++) values[place] = all[place]![name][role];
  return values;
}

/**
 * Lists of facts, one for each service, which has `sizes` of them. @throws UnpackError where they say what no
 * connection does
 */
export function unpackFacts(
  from: Unpacker, services: readonly { readonly address: string; readonly port: number }[], sizes: readonly number[],
): Facts[][] {
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const column = (range: Range): Float64Array => checked(from.column(Float64Array, count), count, range);
  const names = (longest: number): ((place: number) => string | undefined) => {
    const all = Array.from({ length: from.integer(0, count) }, () => from.text(longest));
    const places = column([0, Math.max(0, all.length - 1)]);
    return (place) => all[places[place]!];
  };
  const client = names(LONGEST_ADDRESS);
  const numberColumns = numbers.map(([name, range]) => [name, column(range)] as const);
  const bothColumns = both.map(([name, range]) => [name, column(range), column(range)] as const);
  const bits = column([0, ALL_BITS]);
  const [lateAt, lateBytes, resetAt, resetTtl] = [column(TIME), column(ANY), column(TIME), column(BYTE)];
  const [sender, code] = [names(LONGEST_ADDRESS), names(LONGEST_CODE)];
  const [errorKind, mtu, errorAt] = [column([0, NETWORK_ERROR_KINDS.length - 1]), column(COUNT), column(ANY)];
  const [stallFrom, stallLasted, stallRepeats] = [column(ANY), column(ANY), column(COUNT)];
  let next = 0;
  return services.map(({ address, port }, at) => Array.from({ length: sizes[at]! }, () => {
    const place = next++;
    const facts: Record<string, unknown> = { ...blank };
    facts.client = named(client(place));
    facts.server = address;
    facts.serverPort = port;
    facts.place = -1;
    for (const [name, values] of numberColumns) facts[name] = values[place]!;
    for (const [name, ...values] of bothColumns) facts[name] = [values[0][place]!, values[1][place]!];
    const has = (bit: number): boolean => (bits[place]! & bit) !== 0;
    for (const [name, bit] of flags) facts[name] = has(bit);
    facts.hasClosedWindow = [has(CLIENT_WINDOW), has(SERVER_WINDOW)];
    const late: Late = {
      at: lateAt[place]!, bytes: lateBytes[place]!, crossed: has(CROSSED), read: has(READ), drewReset: has(DREW_RESET),
    };
    const reset: FirstReset = {
      by: has(RESET_BY_SERVER) ? 1 : 0, at: resetAt[place]!, ttl: resetTtl[place]!, bare: has(BARE),
    };
    facts.late = has(HAS_LATE) ? late : null;
    facts.reset = has(HAS_RESET) ? reset : null;
    const undelivered = (): Undelivered => ({
      by: named(sender(place)), kind: NETWORK_ERROR_KINDS[errorKind[place]!]!, code: named(code(place)),
      mtu: mtu[place]!, at: errorAt[place]!, talker: has(UNDELIVERED_OF_SERVER) ? 1 : 0,
    });
    facts.undelivered = has(HAS_UNDELIVERED) ? undelivered() : null;
    const stall: Stall = {
      by: has(STALL_OF_SERVER) ? 1 : 0, from: stallFrom[place]!, lasted: stallLasted[place]!,
      repeats: stallRepeats[place]!,
    };
    facts.stall = has(HAS_STALL) ? stall : null;
    const all = facts as unknown as Facts;
    all.signs = signsOf(all);
    return all;
  }));
}

/** @throws UnpackError where nobody has written it down */
function named(name: string | undefined): string {
  if (name === undefined) throw new UnpackError('a fact without a name');
  return name;
}

function bitsOf(facts: Facts): number {
  const { hasClosedWindow, late, reset, undelivered, stall } = facts;
  let bits = 0;
  for (const [name, bit] of flags) if (facts[name]) bits |= bit;
  if (hasClosedWindow[0]) bits |= CLIENT_WINDOW;
  if (hasClosedWindow[1]) bits |= SERVER_WINDOW;
  if (late !== null) {
    bits |= HAS_LATE | (late.crossed ? CROSSED : 0) | (late.read ? READ : 0) | (late.drewReset ? DREW_RESET : 0);
  }
  if (reset !== null) bits |= HAS_RESET | (reset.by === 1 ? RESET_BY_SERVER : 0) | (reset.bare ? BARE : 0);
  if (undelivered !== null) bits |= HAS_UNDELIVERED | (undelivered.talker === 1 ? UNDELIVERED_OF_SERVER : 0);
  if (stall !== null) bits |= HAS_STALL | (stall.by === 1 ? STALL_OF_SERVER : 0);
  return bits;
}

function checked(values: Float64Array, count: number, range: Range): Float64Array {
  for (let place = 0; place < count; place++) {
    if (!isIn(values[place]!, range)) throw new UnpackError(`a fact of ${values[place]!}`);
  }
  return values;
}

function isIn(value: number, range: Range): boolean {
  if (range === ANY) return Number.isFinite(value);
  if (range === TIME) return Number.isFinite(value) || Number.isNaN(value);
  return Number.isInteger(value) && value >= range[0] && value <= range[1];
}
