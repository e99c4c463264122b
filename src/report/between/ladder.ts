import type { PairRow, TapPair, TwoTaps } from '../../between/between.js';
import type { LadderRow } from '../../analysis/model.js';
import { MICROSECOND } from '../../base/time.js';
import { sayLeftOut } from '../../reread/ladder.js';
import { inert } from '../inert.js';
import { options, segment } from '../ladder.js';
import { type Look, type Paint, painter } from '../paint.js';
import { lasting, socketAddress } from '../quantities.js';
import { hang, wrap } from '../wrap.js';
import { findingName, hostInWords, legInWords, mappingInWords, pairedBy, streamsOf } from './words.js';

/** Columns of a state: the longest, SYN-RECEIVED and ESTABLISHED, with two blanks. */
const STATE = 14;
const FRAME = 7;

/**
 * One connection at both taps, segment by segment: time by the client's clock where it was seen first, its frame in
 * each capture, the client's state as the client's tap shows it and the server's as the server's does:
 *
 *      time  client  state         segment                        state          server  on the way
 *  0.000000       1  SYN-SENT      S 0:0(0) win 64240 ──────────> SYN-RECEIVED        1  4.2 ms
 *  0.310220       9                P. 1:21(20) ack 1 ─────x                              lost
 *  0.410220      10                       ┆ <──── R. 1:1(0)                              not the server's
 */
export function* pairLadder(
  taps: TwoTaps,
  pair: TapPair,
  rows: readonly PairRow[],
  look: Look,
): IterableIterator<string> {
  const paint = painter(look.color);
  const { atClient } = pair.mapping;
  const ends = `${socketAddress(atClient.client)} > ${socketAddress(atClient.server)}`;
  yield `${paint('heading', `${streamsOf(taps, pair)}  ${ends}`)}\n`;
  const about = [
    `Paired ${pairedBy(pair)}.`,
    mappingInWords(pair.mapping),
    `To the server: ${legInWords(pair.legs.client)}.`,
    `To the client: ${legInWords(pair.legs.server)}.`,
    `Behind the taps: ${hostInWords('client', pair.hosts.client)}; ${hostInWords('server', pair.hosts.server)}.`,
  ].filter((words) => words !== null);
  yield hang('', 0, wrap(inert(about.join(' ')), look.width));
  yield '\n';
  yield* rungs(rows, paint, look.width);
  yield `\n${hang('', 0, wrap(inert(pair.verdict), look.width))}`;
  for (const { id, severity, confidence, message } of pair.facts)
    yield (
      `\n${paint(severity, severity)}  ${paint('heading', id)}  ` +
      `${confidence}\n${hang('  ', 2, wrap(inert(message), look.width - 2))}`
    );
  for (const one of pair.findings)
    yield (
      `\n${paint('quiet', one.outcome)}  ${findingName(one)}  ` +
      `${one.confidence}\n${hang('  ', 2, wrap(inert(one.because), look.width - 2))}`
    );
}

function* rungs(rows: readonly PairRow[], paint: Paint, width: number): IterableIterator<string> {
  const all = rungsOf(rows);
  const arrow = arrowOf(rows);
  const left = `${'time'.padStart(13)}${'client'.padStart(FRAME + 1)}  ${'state'.padEnd(STATE)}`;
  const right = `${'state'.padEnd(STATE)}${'server'.padStart(FRAME)}  on the way`;
  yield `${paint('quiet', `${left}${'segment'.padEnd(arrow)}  ${right}`)}\n`;
  for (const { row, since, frames, states, remarks: told } of all) {
    const line =
      `${since.padStart(13)}${frames.client.padStart(FRAME + 1)}  ${states.client.padEnd(STATE)}` +
      `${drawn(row, segment(seen(row)), arrow)}  ${states.server.padEnd(STATE)}${frames.server.padStart(FRAME)}`;
    const remarks = told.join('; ');
    if (line.length + 2 + remarks.length <= width) yield `${line}  ${paint('quiet', inert(remarks))}\n`;
    else
      yield `${line}\n${hang(
        ' '.repeat(24 + STATE),
        24 + STATE,
        wrap(inert(remarks), width - 24 - STATE).map((part) => paint('quiet', part)),
      )}`;
  }
}

/** One segment of a ladder in words, for whatever draws it. */
export interface Rung {
  readonly row: PairRow;
  /** Seconds since the first segment, to the microsecond. */
  readonly since: string;
  /** Its frame in each capture; empty where it was not seen. */
  readonly frames: Readonly<Record<'client' | 'server', string>>;
  /** The state that the segment brought each side to, as its own tap shows it; empty where it stays. */
  readonly states: Readonly<Record<'client' | 'server', string>>;
  /** What became of it on the way, then what is noteworthy of it. May hold text of the capture. */
  readonly remarks: readonly string[];
}

export function rungsOf(rows: readonly PairRow[]): Rung[] {
  const start = rows[0]?.time ?? 0;
  let client = '';
  let server = '';
  return rows.map((row) => {
    const left = row.client?.states.client ?? client;
    const right = row.server?.states.server ?? server;
    const states = { client: left === client ? '' : left, server: right === server ? '' : right };
    client = left;
    server = right;
    return {
      row,
      since: since(start, row.time),
      frames: { client: frame(row.client), server: frame(row.server) },
      states,
      remarks: [leftOut(row), passage(row), seen(row).note, options(seen(row))].filter((remark) => remark !== ''),
    };
  });
}

function leftOut({ leftOut: count = 0 }: PairRow): string {
  return count === 0 ? '' : sayLeftOut(count);
}

/** Columns that the longest segment takes with its arrow. */
export function arrowOf(rows: readonly PairRow[]): number {
  return rows.reduce((widest, row) => Math.max(widest, segment(seen(row)).length), 0) + 6;
}

/** The segment as the tap near its sender has it; where it was not seen there, as the other has it. */
export function seen({ by, client, server }: PairRow): LadderRow {
  return (by === 'client' ? (client ?? server) : (server ?? client))!;
}

function frame(row: LadderRow | null): string {
  return row === null ? '' : String(row.frame);
}

/**
 * A segment, as `text`, in `width` columns with its arrow: towards the other tap, broken off where it was lost, from
 * the middle where nobody sent it.
 */
export function drawn(row: PairRow, text: string, width: number): string {
  const shaft = Math.max(width - text.length - 2, 3);
  const line = '─'.repeat(shaft);
  const half = '─'.repeat(shaft >> 1);
  const rest = ' '.repeat(shaft - (shaft >> 1));
  const isFromClient = row.by === 'client';
  if (row.passage === 'lost') return isFromClient ? `${text} ${half}x${rest}` : `${rest}x${half} ${text}`;
  if (row.passage === 'strange') return isFromClient ? `${rest}${text} ${half}>` : `<${half} ${text}${rest}`;
  return isFromClient ? `${text} ${line}>` : `<${line} ${text}`;
}

function passage({ by, passage: what, delay }: PairRow): string {
  switch (what) {
    case 'passed':
      return delay === null ? '' : `${delay < 0 ? '-' : ''}${lasting(Math.max(Math.abs(delay), MICROSECOND))}`;
    case 'lost':
      return 'lost on the way';
    case 'strange':
      return `not in the ${by}'s own capture`;
    case 'missed':
      return 'arrived: acknowledged, though the capture there missed it';
    case 'otherwise-cut':
      return 'in other segments at the other tap';
    case 'elsewhere':
      return 'in another connection at the other tap';
    default:
      return 'nothing was captured at the other tap then';
  }
}

/** Seconds since the first segment, to the microsecond. */
function since(start: number, time: number): string {
  return ((time - start) / 1e9).toFixed(6);
}
