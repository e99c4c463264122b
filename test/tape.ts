import { expect, test } from 'vitest';

import { analyze } from '../src/analysis/analyze.js';
import type {
  Analysis, AnalysisOptions, Connection, Ending, Finding, Reset, Role, State,
} from '../src/analysis/model.js';
import { readLadder } from '../src/reread/ladder.js';
import { SECOND } from '../src/base/time.js';
import { bytes, pcapWriter } from './capture/build.js';
import { scratch } from './capture/read.js';
import { FrameMaker, silence } from './tape/frames.js';
import { type TapeLine, parseTape } from './tape/line.js';

/**
 * What must be told of one connection on a tape. Findings and resets are whole lists: one too many fails as one too
 * few.
 */
export interface Outcome {
  readonly ending?: Ending;
  /** What is to be thought of it, and of an unknown one why: `clean`, `unknown silent`. */
  readonly verdict?: string;
  readonly closer?: Role | 'both' | null;
  /** `half-closed leak server`: id, cause if it has one, whose doing. */
  readonly findings?: readonly string[];
  /**
   * `client active linger`: by, shape, cause; where it matters then how sure that is, and `accepted`, `ignored` or
   * `unheard` (nothing shows whether it was accepted): `client active linger likely ignored`.
   */
  readonly resets?: readonly string[];
  /** The messages of the findings. */
  readonly says?: readonly string[];
  /** How grave and how sure the findings are: `warning likely`. */
  readonly weighs?: readonly string[];
  /** Every state that an end entered, in order: also those of no duration, which no line of a tape shows. */
  readonly client?: string;
  readonly server?: string;
  /** Payload of client and server, each byte once. */
  readonly bytes?: readonly [number, number];
  /** Zeek's conn_state and history: `SF ShADadFf`. */
  readonly zeek?: string;
}

export interface TapeOptions extends AnalysisOptions {
  /** Over IPv6. */
  readonly ip6?: boolean;
  /** Initial sequence numbers of client and server; what the tape writes is relative to them. */
  readonly initial?: readonly [number, number];
  /** Ports of client and server. */
  readonly ports?: readonly [number, number];
  /** Their IPv4 addresses. */
  readonly addresses?: readonly [number, number];
}

/**
 * A test in the manner of packetdrill: segments on the left, the states that both ends are in behind each on the right.
 *
 * ```
 * time    flags sequence      what else it says                  client       server
 * 0.000 > S     0:0       win 65535 <mss 1460,wscale 7,sackOK> | SYN-SENT     CLOSED
 * 0.010 < S.    0:0     ack 1                                  | ESTABLISHED  SYN-RECEIVED
 * 0.020 > .     1:1     ack 1                                  | ESTABLISHED  ESTABLISHED
 * 0.030 > P.    1:101   ack 1                                    // who does not care leaves the states out
 * 9.000                                                        | ESTABLISHED  ESTABLISHED
 * ```
 *
 * `>` is client to server as the tap sees it, times are seconds. Flags are tcpdump's, `-` is none. `from:to` is the
 * payload, relative to the sender's initial sequence number, as `ack` is to the peer's; both numbers hold for the whole
 * tape, whatever number a later SYN begins with. Then, if wanted, `win 0`, `id 0` (IP ID), `ttl 63`, TCP options in
 * `<>` and a payload in `""`, with `\r`, `\n` and `\x16` for such bytes. A time alone is a moment until which nothing
 * was captured; the first segment stands at 0. `CLOSE-WAIT?` is a state that nothing has proven. A server that has not
 * answered a SYN is CLOSED: LISTEN cannot be seen.
 *
 * Where the same ports open again the states are those of the youngest connection, and there is an outcome for each.
 * The segments become Ethernet frames in a classic capture, and the whole way from its bytes to the findings is run.
 */
export function tape(
  name: string, script: string, outcomes: Outcome | readonly Outcome[] = {}, options: TapeOptions = {},
): void {
  // oxlint-disable-next-line vitest/valid-title -- the history's own
  test(name, async () => {
    const lines = parseTape(script);
    const { ip6, initial, ports, addresses, ...analysisOptions } = options;
    const analysis = await analyze([record(name, lines, { ip6, initial, ports, addresses })], analysisOptions);
    const told = await states(analysis, lines);
    const wanted = lines.flatMap((line) =>
      line.states
        ? [`${line.source} | ${line.states.map(({ state, unproven }) => state + (unproven ? '?' : '')).join(' ')}`]
        : [],
    );
    expect(told).toEqual(wanted);
    const expected = [outcomes].flat() as readonly Outcome[];
    expect([...analysis.connections()].map((connection, id) => outcome(analysis, connection, expected[id] ?? {})))
      .toEqual(expected.map(({ findings = [], resets = [], ...rest }) => ({ findings, resets, ...rest })));
  });
}

/** The beginning of most tapes: a handshake; then 10 ms are the way there and back on either side of the tap. */
export const opened = `
  0.000 > S  0:0  <mss 1460,sackOK,wscale 7>
  0.010 < S. 0:0  ack 1 <mss 1460,sackOK,wscale 7>
  0.020 > .  1:1  ack 1                              | ESTABLISHED  ESTABLISHED
`;

/** A connection with a request of 30 bytes and its answer of 50: the client's next number is 31, the server's 51. */
export const asked = `${opened}
  0.030 > P. 1:31 ack 1
  0.040 < P. 1:51 ack 31
  0.050 > .  31:31 ack 51                            | ESTABLISHED  ESTABLISHED
`;

const files = scratch();
let recordings = 0;

/** Writes the capture of a tape. */
function record(
  name: string, lines: readonly TapeLine[],
  {
    ip6 = false, initial = [1_000_000, 2_000_000], ports = [40_000, 80], addresses,
  }: Pick<TapeOptions, 'ip6' | 'initial' | 'ports' | 'addresses'>,
): string {
  const { header, record } = pcapWriter();
  const frames = new FrameMaker({ ip6, initial, ports, addresses });
  const packets = lines.map(({ time, segment }) => {
    const microseconds = Math.round(time * 1e6);
    return record({
      seconds: 1_795_169_041 + Math.floor(microseconds / 1e6), fraction: microseconds % 1e6,
      data: segment ? frames.frame(segment) : silence,
    });
  });
  recordings += 1;
  return files.write(`${recordings} ${name.replaceAll(/\W+/g, '-')}.pcap`, bytes(header, ...packets));
}

/** The lines that name states, with the states that were found. */
async function states(analysis: Analysis, lines: readonly TapeLine[]): Promise<string[]> {
  const shown = new Map<number, { connection: Connection; client: State; server: State }>();
  for (const connection of analysis.connections()) {
    for (const row of await readLadder(analysis, connection.id)) shown.set(row.frame, { connection, ...row.states });
  }
  return lines.flatMap((line, index) => {
    if (!line.states) return [];
    const connection = youngest(analysis, index + 1);
    if (line.segment && !shown.has(index + 1)) return [`${line.source} | in no ladder`];
    const now =
      line.segment && shown.get(index + 1)!.connection.id === connection.id
        ? shown.get(index + 1)!
        : socketsOf(analysis, connection, line.time);
    const roles = ['client', 'server'] as const;
    return [
      `${line.source} | ` +
        roles
          .map(
            (role, end) =>
              now[role] + (line.states![end]!.unproven && !isProven(connection, role, now[role]) ? '?' : ''),
          )
          .join(' '),
    ];
  });
}

function youngest(analysis: Analysis, frame: number): Connection {
  return [...analysis.connections()].findLast(({ firstFrame }) => firstFrame <= frame)!;
}

/** Both ends as `ss` would show them; a socket that is not there is CLOSED. */
function socketsOf(analysis: Analysis, { id, client }: Connection, seconds: number): Record<Role, State> {
  const time = analysis.capture.first! + Math.round(seconds * SECOND);
  const sockets = analysis.sockets(time).filter(({ flow }) => flow === id);
  const end = (isClient: boolean): State =>
    sockets.find(({ local }) => (local.port === client.port) === isClient)?.state ?? 'CLOSED';
  return { client: end(true), server: end(false) };
}

function isProven(connection: Connection, role: Role, state: State): boolean {
  return connection.states[role].findLast((entry) => entry.state === state)?.proven ?? true;
}

/** What was told of a connection, as far as `wanted` asks; findings and resets always. */
function outcome(analysis: Analysis, connection: Connection, wanted: Outcome): Outcome {
  const findings = analysis.findingsOf(connection.id);
  return {
    findings: findings.map(({ id, cause, role }: Finding) => [id, cause, role].filter(Boolean).join(' ')),
    resets: connection.resets.map((reset, index) => inWords(reset, wanted.resets?.[index] ?? '')),
    ...(wanted.ending === undefined ? {} : { ending: connection.ending }),
    ...(wanted.verdict === undefined
      ? {}
      : { verdict: [connection.verdict, connection.doubt].filter(Boolean).join(' ') }),
    ...(wanted.closer === undefined ? {} : { closer: connection.closer }),
    ...(wanted.client === undefined ? {} : { client: course(connection, 'client') }),
    ...(wanted.server === undefined ? {} : { server: course(connection, 'server') }),
    ...(wanted.bytes === undefined ? {} : { bytes: [connection.bytes.client, connection.bytes.server] as const }),
    ...(wanted.zeek === undefined ? {} : { zeek: `${connection.zeek.connState} ${connection.zeek.history}` }),
    ...(wanted.says === undefined ? {} : { says: findings.map(({ message }) => message) }),
    ...(wanted.weighs === undefined
      ? {}
      : { weighs: findings.map(({ severity, confidence }) => `${severity} ${confidence}`) }),
  };
}

const course = (connection: Connection, role: Role): string =>
  connection.states[role].map(({ state }) => state).join(' ');

/** With its confidence and acceptance if `wanted` has them. */
function inWords({ by, shape, cause, confidence, accepted }: Reset, wanted: string): string {
  const told = `${by} ${shape} ${cause}${/\b(certain|likely|possible)\b/.test(wanted) ? ` ${confidence}` : ''}`;
  const taken = accepted === null ? 'unheard' : accepted ? 'accepted' : 'ignored';
  return /(accepted|ignored|unheard)$/.test(wanted) ? `${told} ${taken}` : told;
}
