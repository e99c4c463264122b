import type { Analysis, Connection, Finding, LadderRow, Time } from '../analysis/model.js';
import { doubt } from './doubt.js';
import { evidenceInWords } from './evidence.js';
import { inert, inertLines } from './inert.js';
import { type Look, type Paint, painter } from './paint.js';
import { inFileWords, inFiles } from './places.js';
import { bytes, counted, lasting, socketAddress } from './quantities.js';
import { hang, wrap } from './wrap.js';

/** Columns of a state: the longest, SYN-RECEIVED and ESTABLISHED, with two blanks. */
const STATE = 14;
/** Shortest line of an arrow. */
const SHAFT = 3;

/**
 * One connection segment by segment, the client at the left and the server at the right, each with the state that the
 * segment brought it to, then what was found:
 *
 *      time  frame  client        segment                         server
 *  0.000000     31  SYN-SENT      S 0:0(0) win 64240 ───────────> SYN-RECEIVED  mss 1460, wscale 7
 *  0.000213     32                <──── S. 0:0(0) ack 1 win 65160
 */
export function* ladder(
  analysis: Analysis, connection: Connection, rows: readonly LadderRow[], look: Look,
): IterableIterator<string> {
  const paint = painter(look.color);
  const { client, server, stream, ending, closer } = connection;
  yield `${paint('heading', `stream ${stream}  ${socketAddress(client)} > ${socketAddress(server)}`)}  ` +
    `${ending}${closer === null ? '' : `, closed by ${closer}`}\n`;
  yield `${counted(connection.packets.client, 'packet')} and ${bytes(connection.bytes.client)} from the client, ` +
    `${counted(connection.packets.server, 'packet')} and ${bytes(connection.bytes.server)} from the server, ` +
      lasting(connection.end - connection.start) +
    `${connection.roles === 'guessed' ? '; no handshake was seen: who is the client is a guess' : ''}\n\n`;
  yield* rungs(withFiles(analysis, rows), paint, look.width);
  for (const finding of analysis.findingsOf(connection.id)) yield* verdict(analysis, finding, paint, look.width);
}

/** Each row that is of another file than the one before it says so, with the number that its frame has there. */
function withFiles({ capture: { placeOf } }: Analysis, rows: readonly LadderRow[]): readonly LadderRow[] {
  if (placeOf === undefined) return rows;
  let before: string | null = null;
  return rows.map((row) => {
    const place = placeOf(row.frame);
    if (place === null || place.file === before) return row;
    before = place.file;
    const told = `${place.file}, frame ${place.frame}${place.stream === null ? '' : ` of stream ${place.stream}`}`;
    return { ...row, note: row.note === '' ? told : `${told}; ${row.note}` };
  });
}

function* rungs(rows: readonly LadderRow[], paint: Paint, width: number): IterableIterator<string> {
  const start = rows[0]?.time ?? 0;
  const arrow = rows.reduce((widest, row) => Math.max(widest, segment(row).length), 0) + SHAFT + 2;
  const margin = 22 + STATE;
  yield `${paint('quiet', `${'time'.padStart(13)}${'frame'.padStart(7)}  ${'client'.padEnd(STATE)}${'segment'.padEnd(arrow)}  server`)}\n`;
  let client = '';
  let server = '';
  for (const row of rows) {
    const { states } = row;
    const left = states.client === client ? '' : states.client;
    const right = states.server === server ? '' : states.server;
    client = states.client;
    server = states.server;
    const line =
      `${since(start, row.time)}${String(row.frame).padStart(7)}  ${left.padEnd(STATE)}${drawn(row, arrow)}  ` +
      right.padEnd(STATE);
    const remarks = inert([row.note, options(row)].filter((remark) => remark !== '').join('; '));
    if (remarks === '') yield `${line.trimEnd()}\n`;
    else if (line.length + remarks.length <= width) yield `${line}${paint('quiet', remarks)}\n`;
    else yield `${line.trimEnd()}\n` +
      hang(' '.repeat(margin), margin, wrap(remarks, width - margin).map((part) => paint('quiet', part)));
  }
}

/** `P. 1:513(512) ack 1 win 64240`: as tcpdump and packetdrill write a segment, end exclusive. */
export function segment({ flags, sequence, length, acknowledgment, window }: LadderRow): string {
  return `${flags} ${sequence}:${sequence + length}(${length})` +
    `${acknowledgment === null ? '' : ` ack ${acknowledgment}`} win ${window}`;
}

/** Timestamps stand on every segment and tell little there: they are left to the SYNs. */
export function options({ flags, options }: LadderRow): string {
  return flags.includes('S') ? options : options.split(', ').filter((option) => !option.startsWith('TS ')).join(', ');
}

function drawn(row: LadderRow, width: number): string {
  const text = segment(row);
  const shaft = '─'.repeat(Math.max(width - text.length - 2, 1));
  return row.by === 'client' ? `${text} ${shaft}>` : `<${shaft} ${text}`;
}

/** Seconds since the first segment, to the microsecond. */
function since(start: Time, time: Time): string {
  return ((time - start) / 1e9).toFixed(6).padStart(13);
}

function* verdict(analysis: Analysis, finding: Finding, paint: Paint, width: number): IterableIterator<string> {
  const title = `${finding.id}${finding.cause === null ? '' : ` (${finding.cause})`}`;
  yield `\n${paint(finding.severity, finding.severity)}  ${paint('heading', title)}  ${finding.role} ` +
    `${socketAddress(finding.endpoint)}\n`;
  yield hang('  ', 2, wrap(inert(finding.message) + doubt(finding), width - 2));
  const facts = evidenceInWords(finding).map(([label, value]) => `${label}: ${value}`);
  if (facts.length > 0) yield hang(`  ${paint('quiet', 'evidence')}   `, 13, wrap(inert(facts.join(', ')), width - 13));
  yield hang(`  ${paint('quiet', 'frames')}     `, 13, wrap(finding.frames.join(', '), width - 13));
  for (const own of inFiles(analysis, finding.frames)) {
    yield hang(`  ${paint('quiet', 'in')}         `, 13, wrap(inert(inFileWords(own)), width - 13));
  }
  for (const step of finding.advice) yield hang('  > ', 4, wrap(inertLines(step), width - 4));
  yield hang(`  ${paint('quiet', 'Wireshark')}  `, 13, wrap(inert(finding.filter), width - 13));
}
