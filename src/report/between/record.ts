import {
  type ClockPiece,
  type Fact,
  type JudgedFinding,
  type Leg,
  type TapPair,
  type TapReset,
  type Tuple,
  type TwoTaps,
  type Unpaired,
  TAPS,
  summarize,
} from '../../between/between.js';
import type { Role } from '../../analysis/model.js';
import { elements } from '../json.js';
import { NOTHING, Piece, named } from '../json-piece.js';
import { JsonWriter } from '../json-writer.js';
import { inertJson } from '../inert.js';
import { lines } from '../ndjson.js';
import { VERSION, address } from '../record.js';
import { filtersOf } from './words.js';

/*
 * The records of two taps, as lines and as one document. `schema/record-1.schema.json` is their definition. Times are
 * the client's clock's; frames and streams are those of each tap's own capture.
 */

/**
 * One JSON object a line: both captures and their clocks, each connection at both taps, those of the client's tap
 * alone.
 */
export function* ndjson(taps: TwoTaps): IterableIterator<Buffer> {
  const to = new JsonWriter(taps.client.clock);
  yield* lines(to, [taps], (all) => betweenRecord(to, all));
  yield* lines(to, taps.pairs, (pair) => pairRecord(to, taps, pair));
  yield* lines(to, taps.unpaired, (one) => unpairedRecord(to, taps, one));
  yield to.taken();
}

/** One JSON document of the same objects. */
export function* json(taps: TwoTaps): IterableIterator<Buffer> {
  const to = new JsonWriter(taps.client.clock);
  to.raw(`{"version":${VERSION},\n"between":`);
  betweenRecord(to, taps);
  to.raw('\n"taps":');
  yield* elements(to, taps.pairs, (pair) => pairRecord(to, taps, pair));
  to.raw(',\n"unpaired":');
  yield* elements(to, taps.unpaired, (one) => unpairedRecord(to, taps, one));
  to.raw('}\n');
  yield to.taken();
}

const NAME = {
  type: named('type'),
  client: named('client'),
  server: named('server'),
  files: named('files'),
  packets: named('packets'),
  connections: named('connections'),
  clocks: named('clocks'),
  segments: named('segments'),
  roundTrip: named('roundTrip'),
  pieces: named('pieces'),
  from: named('from'),
  to: named('to'),
  offset: named('offset'),
  within: named('within'),
  drift: named('drift'),
  driftWithin: named('driftWithin'),
  missed: named('missed'),
  pairs: named('pairs'),
  turned: named('turned'),
  lost: named('lost'),
  flows: named('flows'),
  streams: named('streams'),
  filter: named('filter'),
  by: named('by'),
  confidence: named('confidence'),
  mapping: named('mapping'),
  source: named('source'),
  destination: named('destination'),
  sequences: named('sequences'),
  segmentSizes: named('segmentSizes'),
  role: named('role'),
  atClient: named('atClient'),
  atServer: named('atServer'),
  legs: named('legs'),
  sent: named('sent'),
  delay: named('delay'),
  shortest: named('shortest'),
  median: named('median'),
  longest: named('longest'),
  hosts: named('hosts'),
  repeated: named('repeated'),
  resets: named('resets'),
  sender: named('sender'),
  cause: named('cause'),
  causeConfidence: named('causeConfidence'),
  frame: named('frame'),
  frames: named('frames'),
  time: named('time'),
  fact: named('fact'),
  facts: named('facts'),
  id: named('id'),
  severity: named('severity'),
  message: named('message'),
  evidence: named('evidence'),
  findings: named('findings'),
  taps: named('taps'),
  finding: named('finding'),
  flow: named('flow'),
  stream: named('stream'),
  outcome: named('outcome'),
  because: named('because'),
  verdict: named('verdict'),
  what: named('what'),
  before: named('before'),
} as const;

function betweenRecord(to: JsonWriter, taps: TwoTaps): void {
  const { road } = summarize(taps);
  to.open();
  to.word(NAME.type, 'between');
  for (const tap of TAPS) {
    const { capture, connectionCount } = taps[tap];
    to.open(NAME[tap]);
    to.texts(
      NAME.files,
      capture.files.map(({ path }) => path),
    );
    to.number(NAME.packets, capture.packets);
    to.number(NAME.connections, connectionCount);
    to.number(NAME.missed, taps.holes[tap]);
    to.close();
  }
  to.number(NAME.pairs, taps.pairs.length);
  if (taps.turned.length > 0) to.number(NAME.turned, taps.turned.length);
  to.open(NAME.lost);
  for (const role of TAPS) counts(to, role, road[role]);
  to.close();
  to.open(NAME.clocks);
  to.number(NAME.segments, taps.clocks.segments);
  nullableDuration(to, NAME.roundTrip, taps.clocks.roundTrip);
  to.openList(NAME.pieces);
  for (const piece of taps.clocks.pieces) clockPiece(to, piece);
  to.closeList();
  to.close();
  to.close();
}

function counts(to: JsonWriter, role: Role, { sent, lost }: { readonly sent: number; readonly lost: number }): void {
  to.open(NAME[role]);
  to.number(NAME.sent, sent);
  to.number(NAME.lost, lost);
  to.close();
}

function clockPiece(to: JsonWriter, { from, to: end, offset, within, drift, driftWithin }: ClockPiece): void {
  to.open();
  to.time(NAME.from, from);
  to.time(NAME.to, end);
  to.duration(NAME.offset, offset);
  nullableDuration(to, NAME.within, within);
  to.number(NAME.drift, perMillion(drift));
  to.number(NAME.driftWithin, driftWithin === null ? null : perMillion(driftWithin));
  to.close();
}

/** To a thousandth of a part per million. */
function perMillion(drift: number): number {
  return Math.round(drift * 1e9) / 1e3;
}

function pairRecord(to: JsonWriter, taps: TwoTaps, pair: TapPair): void {
  const filters = filtersOf(taps, pair);
  const { mapping } = pair;
  to.open();
  to.word(NAME.type, 'taps');
  for (const tap of TAPS) {
    to.open(NAME[tap]);
    to.numbers(NAME.flows, pair.flows[tap]);
    to.numbers(
      NAME.streams,
      pair.flows[tap].map((id) => taps[tap].connection(id).stream),
    );
    to.text(NAME.filter, filters[tap]);
    to.close();
  }
  to.word(NAME.by, pair.by);
  to.word(NAME.confidence, pair.confidence);
  to.open(NAME.mapping);
  tuple(to, NAME.atClient, mapping.atClient);
  to.openList(NAME.atServer);
  for (const one of mapping.atServer) tuple(to, NOTHING, one);
  to.closeList();
  to.boolean(NAME.source, mapping.source);
  to.boolean(NAME.destination, mapping.destination);
  to.open(NAME.sequences);
  for (const role of TAPS) to.boolean(NAME[role], mapping.sequences[role]);
  to.close();
  to.openList(NAME.segmentSizes);
  for (const { role, atClient, atServer } of mapping.segmentSize) {
    to.open();
    to.word(NAME.role, role);
    to.number(NAME.atClient, atClient);
    to.number(NAME.atServer, atServer);
    to.close();
  }
  to.closeList();
  to.close();
  to.open(NAME.legs);
  for (const role of TAPS) leg(to, role, pair.legs[role]);
  to.close();
  to.open(NAME.hosts);
  for (const role of TAPS) {
    to.open(NAME[role]);
    nullableDuration(to, NAME.roundTrip, pair.hosts[role].roundTrip);
    to.number(NAME.repeated, pair.hosts[role].repeated);
    to.close();
  }
  to.close();
  to.openList(NAME.resets);
  for (const one of pair.resets) reset(to, one);
  to.closeList();
  to.openList(NAME.facts);
  for (const one of pair.facts) fact(to, one);
  to.closeList();
  to.openList(NAME.findings);
  for (const one of pair.findings) judgedFinding(to, one);
  to.closeList();
  to.open(NAME.verdict);
  to.word(NAME.id, pair.facts[0]?.id ?? null);
  to.word(NAME.confidence, pair.verdictConfidence);
  to.text(NAME.message, pair.verdict);
  to.close();
  to.close();
}

function tuple(to: JsonWriter, name: Piece, { client, server }: Tuple): void {
  to.open(name);
  address(to, NAME.client, client);
  address(to, NAME.server, server);
  to.close();
}

function leg(to: JsonWriter, role: Role, { sent, lost, delay }: Leg): void {
  to.open(NAME[role]);
  to.number(NAME.sent, sent);
  to.number(NAME.lost, lost);
  if (delay === null) to.word(NAME.delay, null);
  else {
    to.open(NAME.delay);
    to.duration(NAME.shortest, delay.shortest);
    to.duration(NAME.median, delay.median);
    to.duration(NAME.longest, delay.longest);
    to.close();
  }
  to.close();
}

function reset(
  to: JsonWriter,
  { role, sender, confidence, cause, causeConfidence, clientFrame, serverFrame, time }: TapReset,
): void {
  to.open();
  to.word(NAME.role, role);
  to.word(NAME.sender, sender);
  to.word(NAME.confidence, confidence);
  to.word(NAME.cause, cause);
  to.word(NAME.causeConfidence, causeConfidence);
  to.open(NAME.frame);
  to.number(NAME.client, clientFrame);
  to.number(NAME.server, serverFrame);
  to.close();
  to.time(NAME.time, time);
  to.close();
}

/** Numbers whose names stand for a length of time: they are written in seconds, as everywhere. */
const DURATIONS: ReadonlySet<string> = new Set(['silence', 'stall', 'lasts']);

function fact(to: JsonWriter, { id, severity, confidence, role, time, frames, message, numbers }: Fact): void {
  to.open();
  to.word(NAME.id, id);
  to.word(NAME.severity, severity);
  to.word(NAME.confidence, confidence);
  to.word(NAME.role, role);
  to.time(NAME.time, time);
  to.open(NAME.frames);
  for (const tap of TAPS) to.numbers(NAME[tap], frames[tap]);
  to.close();
  to.text(NAME.message, message);
  to.open(NAME.evidence);
  for (const [name, value] of Object.entries(numbers)) {
    if (name === 'since') to.time(named(name), Number(value));
    else if (DURATIONS.has(name)) to.duration(named(name), Number(value));
    else if (typeof value === 'number') to.number(named(name), value);
    else to.piece(named(name), new Piece(inertJson(value)));
  }
  to.close();
  to.close();
}

function judgedFinding(to: JsonWriter, { taps, finding, outcome, confidence, fact: by, because }: JudgedFinding): void {
  to.open();
  to.words(NAME.taps, taps);
  to.word(NAME.finding, finding.id);
  to.word(NAME.cause, finding.cause);
  to.word(NAME.severity, finding.severity);
  to.word(NAME.role, finding.role);
  to.number(NAME.flow, finding.flow);
  to.word(NAME.outcome, outcome);
  to.word(NAME.before, finding.confidence);
  to.word(NAME.confidence, confidence);
  to.word(NAME.fact, by);
  to.text(NAME.because, because);
  to.close();
}

function unpairedRecord(to: JsonWriter, { client }: TwoTaps, { flow, what, confidence, message }: Unpaired): void {
  const connection = client.connection(flow);
  to.open();
  to.word(NAME.type, 'unpaired');
  to.number(NAME.flow, flow);
  to.number(NAME.stream, connection.stream);
  address(to, NAME.client, connection.client);
  address(to, NAME.server, connection.server);
  to.word(NAME.what, what);
  to.word(NAME.confidence, confidence);
  to.text(NAME.message, message);
  to.close();
}

function nullableDuration(to: JsonWriter, name: Piece, duration: number | null): void {
  to.duration(name, duration ?? NaN);
}
