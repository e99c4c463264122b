import type {
  Clocks,
  HostLeg,
  JudgedFinding,
  Leg,
  Mapping,
  PairedBy,
  TapPair,
  TwoTaps,
  BetweenSummary,
  Tuple,
} from '../../between/between.js';
import type { Clock, Role, Time } from '../../analysis/model.js';
import { MICROSECOND } from '../../base/time.js';
import { count, counted, date, lasting, socketAddress } from '../quantities.js';

/** Connections shown of each kind of fact. */
export const SAMPLES = 3;

/** Sentences that every format for people shares. */

/** `200 ms ahead of the client's, give or take 290 µs; it gains 295 µs a second, give or take 67` */
export function clocksInWords({ pieces, segments }: Clocks, clock: Clock): readonly string[] {
  if (pieces.length === 0) return ['unknown: no segment was seen at both taps'];
  return pieces.map(({ from, offset, within, drift, driftWithin }, index) => {
    const when = index === 0 ? '' : `from ${date(clock, from)} UTC on, set meanwhile: `;
    const standing =
      Math.round(offset / MICROSECOND) === 0
        ? "the server's stands as the client's"
        : `the server's is ${lasting(Math.abs(offset))} ${offset > 0 ? 'ahead' : 'behind'}`;
    const doubt =
      within === null
        ? ', at a guess: segments of one direction only were seen at both'
        : `, give or take ${lasting(Math.max(within, MICROSECOND))}`;
    return `${when}${standing}${doubt}${driftInWords(drift, driftWithin)}${index === 0 ? ` (from ${counted(segments, 'segment')})` : ''}`;
  });
}

/** `, and gains 295 µs a second, give or take 67`; empty where no drift was told from none. */
function driftInWords(drift: number, within: number | null): string {
  const gain = Math.round(Math.abs(drift) * 1e6);
  if (within === null) return drift === 0 ? '' : `, and ${drift < 0 ? 'loses' : 'gains'} ${gain} µs a second`;
  if (gain === 0) return `, and drifts by less than ${Math.ceil((Math.abs(drift) + within) * 1e6)} µs a second`;
  return `, and ${drift < 0 ? 'loses' : 'gains'} ${gain} µs a second, give or take ${Math.ceil(within * 1e6)}`;
}

/** `12 of 900 (1.3 %)` */
export function share(part: number, of: number): string {
  const percent = of === 0 || part === 0 ? '' : ` (${Number(((part / of) * 100).toPrecision(2))} %)`;
  return `${count(part)} of ${count(of)}${percent}`;
}

/** What was lost between the taps, of all connections. */
export function lostInWords({ client, server }: BetweenSummary['road']): string {
  const [there, back] = [share(client.lost, client.sent), share(server.lost, server.sent)];
  return `client to server ${there}, server to client ${back} segments`;
}

const PAIRED_BY: Readonly<Record<PairedBy, string>> = {
  numbers: 'by its initial sequence numbers',
  timestamps: 'by the timestamps of its SYNs: the numbers are changed on the way',
  lengths: 'by the lengths of its payload alone: the numbers are changed on the way',
  segments: 'by the numbers of its segments: its beginning was not captured at both',
};

export function pairedBy({ by }: TapPair): string {
  return PAIRED_BY[by];
}

function ends({ client, server }: Tuple): string {
  return `${socketAddress(client)} > ${socketAddress(server)}`;
}

/** `10.0.0.5:4000 > 192.0.2.1:80 is 203.0.113.9:21000 > 10.1.0.2:8080 at the server`; null where nothing is changed. */
export function mappingInWords({
  atClient,
  atServer,
  source,
  destination,
  sequences,
  segmentSize,
}: Mapping): string | null {
  const said: string[] = [];
  if (source || destination) {
    said.push(
      `${socketAddress(atClient.client)} > ${socketAddress(atClient.server)} is ` +
        `${atServer.map(ends).join(', then ')} at the server's tap`,
    );
  }
  const renumbered = (['client', 'server'] as const).filter((role) => sequences[role]);
  if (renumbered.length > 0)
    said.push(`the sequence numbers of the ${renumbered.join(' and the ')} are changed on the way`);
  for (const { role, atClient: here, atServer: there } of segmentSize)
    said.push(`the MSS of the ${role} is ${here} at the client's tap and ${there} at the server's`);
  return said.length === 0 ? null : said.join('; ');
}

/** `7 sent, 1 lost, 8.4 ms (8.1 ms to 12 ms)` */
export function legInWords({ sent, lost, delay }: Leg): string {
  const taken = delay === null ? '' : `, ${spell(delay.median)} (${spell(delay.shortest)} to ${spell(delay.longest)})`;
  return `${count(sent)} sent, ${count(lost)} lost${taken}`;
}

/** What is known of the clocks allows a delay that seems negative. */
function spell(delay: number): string {
  return delay < 0 ? `-${lasting(-delay)}` : lasting(delay);
}

export function hostInWords(role: Role, { roundTrip, repeated }: HostLeg): string {
  const answers = roundTrip === null ? '' : ` answers within ${lasting(roundTrip)}`;
  return `${role}${answers}${repeated > 0 ? `, ${counted(repeated, 'segment')} sent to it again behind the tap` : ''}`;
}

/** `stream 7 at the client, 3 and 12 at the server` */
export function streamsOf(taps: TwoTaps, { flows }: TapPair): string {
  const of = (tap: 'client' | 'server'): string =>
    flows[tap].map((id) => taps[tap].connection(id).stream).join(' and ');
  return `stream ${of('client')} at the client, ${of('server')} at the server`;
}

/** Wireshark display filters for each tap's own capture. */
export function filtersOf(taps: TwoTaps, { flows }: TapPair): { readonly client: string; readonly server: string } {
  const of = (tap: 'client' | 'server'): string =>
    [...new Set(flows[tap].flatMap((id) => taps[tap].connection(id).streams))]
      .map((stream) => `tcp.stream eq ${stream}`)
      .join(' or ');
  return { client: of('client'), server: of('server') };
}

/** `half-closed (leak), client's capture` */
export function findingName({ finding, taps }: JudgedFinding): string {
  const where = taps.length === 2 ? 'both captures' : `${taps[0]}'s capture`;
  return `${finding.id}${finding.cause === null ? '' : ` (${finding.cause})`}, ${where}`;
}

export function timeOf(clock: Clock, time: Time): string {
  return date(clock, time).slice(11);
}

/** `captures/a.pcapng and 2 more, 1,234 packets, 17 connections` */
export function tapInWords({ capture, connectionCount }: TwoTaps['client']): string {
  const [first] = capture.files;
  const more = capture.files.length - 1;
  return (
    `${first === undefined ? 'nothing' : first.path}${more > 0 ? ` and ${more} more` : ''}, ` +
    `${counted(capture.packets, 'packet')}, ${counted(connectionCount, 'connection')}`
  );
}

/** Of connections whose clients are at the other tap; null where there are none. */
export function turnedInWords({ pairs, turned }: Pick<TwoTaps, 'pairs' | 'turned'>): string | null {
  if (turned.length === 0) return null;
  if (pairs.length === 0)
    return "The captures are the other way round: what clients send is at the server's tap first. Swap them.";
  const [go, their] = turned.length === 1 ? ['goes', 'its client is'] : ['go', 'their clients are'];
  return (
    `${counted(turned.length, 'connection')} ${go} the other way, for ${their} at the server's tap: swap the ` +
    `captures to be told of ${turned.length === 1 ? 'it' : 'them'}.`
  );
}

/** Whether connections passed as sent, and of whom nothing can be told. */
export function conclusion(taps: TwoTaps, facts: number): string {
  const turned = turnedInWords(taps);
  if (taps.pairs.length === 0) return turned ?? 'No connection was seen at both taps.';
  const told =
    facts > 0
      ? `${counted(taps.pairs.filter((pair) => pair.facts.length > 0).length, 'connection')} of ` +
        `${count(taps.pairs.length)} did not pass between the taps as sent.`
      : 'Between the taps every connection passed as it was sent.';
  return turned === null ? told : `${told} ${turned}`;
}
