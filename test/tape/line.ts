import { ACK, CWR, ECE, FIN, PSH, RST, SYN, URG } from '../../src/decode/segment.js';
import type { State } from '../../src/analysis/model.js';

/** A segment as a tape has it: sequence numbers relative to the sender's initial one, acknowledgments to the peer's. */
export interface TapeSegment {
  readonly fromServer: boolean;
  readonly flags: number;
  readonly from: number;
  readonly to: number;
  readonly acknowledgment: number;
  readonly window: number | null;
  readonly ipId: number | null;
  readonly ttl: number;
  /** What stands between < and >. */
  readonly options: string;
  /** Text in place of zeros as payload. */
  readonly text: string;
}

/** One line of a tape: a segment, or a moment until which the tap only listens. */
export interface TapeLine {
  readonly source: string;
  /** Seconds since the tape began. */
  readonly time: number;
  readonly segment: TapeSegment | null;
  /** States of client and server behind it; null where the line does not care. */
  readonly states: readonly [ExpectedState, ExpectedState] | null;
}

export interface ExpectedState {
  readonly state: State;
  /** Written with a question mark: nothing the endpoint said has confirmed it. */
  readonly unproven: boolean;
}

const LETTERS: Readonly<Record<string, number>> = {
  S: SYN, F: FIN, R: RST, P: PSH, U: URG, E: ECE, W: CWR, '.': ACK, '-': 0,
};

const LINE =
  /^(?<time>\d+(\.\d+)?)(\s+(?<arrow>[<>])\s+(?<flags>[-SFRPUEW.]+)\s+(?<from>-?\d+):(?<to>-?\d+)(?<fields>[^|]*))?\s*(\|\s*(?<client>\S+)\s+(?<server>\S+))?$/;

/** The lines of a tape; blank ones and `// comments` left out. */
export function parseTape(script: string): TapeLine[] {
  return script
    .split('\n')
    .map((line) => line.replace(/\/\/.*/, '').trim())
    .filter((line) => line !== '')
    .map(parseLine);
}

function parseLine(source: string): TapeLine {
  const parts = LINE.exec(source)?.groups;
  if (!parts) throw new SyntaxError(`not a line of a tape: ${source}`);
  const { time, flags, client, server } = parts;
  return {
    source: source.replace(/\s*\|.*/, ''),
    time: Number(time),
    segment: flags === undefined ? null : parseSegment(source, parts),
    states: client === undefined ? null : [expectedState(client), expectedState(server!)],
  };
}

function expectedState(text: string): ExpectedState {
  return { state: text.replace('?', '') as State, unproven: text.endsWith('?') };
}

function parseSegment(source: string, parts: Record<string, string | undefined>): TapeSegment {
  const flags = parts['flags']!.split('').reduce((bits, letter) => bits | LETTERS[letter]!, 0);
  let rest = parts['fields']!;
  /** Takes one field out of what is left of the line. */
  const take = (field: RegExp): string | undefined => {
    const found = field.exec(rest);
    if (found) rest = rest.replace(found[0], '');
    return found?.[1];
  };
  const number = (name: string): number | null => {
    const found = take(new RegExp(`\\b${name} (-?\\d+)`));
    return found === undefined ? null : Number(found);
  };
  const options = take(/<([^>]*)>/) ?? '';
  const text = unescaped(take(/"([^"]*)"/) ?? '');
  const [from, to] = [Number(parts['from']), Number(parts['to'])];
  const acknowledgment = number('ack');
  const segment = {
    fromServer: parts['arrow'] === '<', flags, from, to, acknowledgment: acknowledgment ?? 0, window: number('win'),
    ipId: number('id'), ttl: number('ttl') ?? 64, options, text,
  };
  if (rest.trim() !== '') throw new SyntaxError(`not understood on a tape: ${rest.trim()} (${source})`);
  const acknowledges = (flags & ACK) !== 0;
  if (acknowledges === (acknowledgment === null)) throw new SyntaxError(`the dot and "ack" go together: ${source}`);
  if (to < from || (text !== '' && text.length !== to - from))
    throw new SyntaxError(`the payload does not fit: ${source}`);
  return segment;
}

/** `\r`, `\n` and `\x16` in a payload, a byte each. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(r|n|x([0-9a-f]{2}))/g, (_, letter: string, digits?: string) => {
    if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16));
    return letter === 'r' ? '\r' : '\n';
  });
}
