import type { Analysis, Connection, Duration, Finding, Reset, Role as Side } from '../../analysis.js';
import { bytes, counted, lasting, socketAddress } from '../../report/quantities.js';
import { worstFirst } from '../connections/columns.js';
import { nameOf } from '../groups/source.js';
import { fit } from '../text/fit.js';
import { wrap, wrapItem } from '../text/wrap.js';
import { severityRole, stateRole, type Paint } from '../theme.js';

/** Most columns for the name of a piece of evidence. */
const NAME_MOST = 26;

/** A painted line, and the frame that it speaks of, to which a key leads. */
export interface ExplanationLine {
  readonly text: string;
  readonly frame: number | null;
}

/** All that is known of a flow beside its segments, in lines of at most `width` columns. */
export function explain(analysis: Analysis, connection: Connection, width: number, paint: Paint): ExplanationLine[] {
  const findings = worstFirst(analysis.findingsOf(connection.id).map((index) => analysis.findings[index]!));
  return [
    ...findings.flatMap((finding) => [...explainFinding(finding, width, paint), '']),
    ...explainStates(analysis, connection, 'client', width, paint),
    '',
    ...explainStates(analysis, connection, 'server', width, paint),
    '',
    ...connection.resets.flatMap((reset) => [...explainReset(reset, width, paint), '']),
    ...explainTraffic(connection, width, paint),
  ].map((line) => (typeof line === 'string' ? { text: line, frame: null } : line));
}

function explainFinding(finding: Finding, width: number, paint: Paint): (string | ExplanationLine)[] {
  const { severity, id, cause, confidence, alternatives, message, evidence, frames, advice, filter } = finding;
  const otherwise = alternatives.length === 0 ? '' : `, otherwise ${alternatives.join(' or ')}`;
  const names = Math.min(NAME_MOST, Math.max(6, ...Object.keys(evidence).map((name) => inWords(name).length)));
  return [
    paint(severityRole[severity], fit(`${severity}  ${nameOf({ finding: id, cause })}`, width)),
    ...wrap(message, width),
    ...wrap(`Confidence: ${confidence}${otherwise}.`, width).map((line) => paint('muted', line)),
    '',
    ...heading('Evidence', paint),
    ...Object.entries(evidence).flatMap(([name, value]) => wrapItem(`  ${fit(inWords(name), names)}  `, showEvidence(value), width)),
    ...frames.map((frame, index) => ({
      text: `  ${fit(index === 0 ? (frames.length === 1 ? 'frame' : 'frames') : '', names)}  ${paint('accent', fit(`● ${frame}`, Math.max(1, width - names - 4)))}`, frame,
    })),
    ...(advice.length === 0 ? [] : ['', ...heading('What to change', paint)]),
    ...advice.flatMap((step, index) => wrapItem(`  ${index + 1} `, step, width)),
    '',
    ...heading('Wireshark filter', paint),
    ...wrapItem('  ', filter, width).map((line) => paint('accent', line)),
  ];
}

/** `bytesAfterFin` as people write it. */
function inWords(name: string): string {
  return name.replace(/[A-Z]+/g, (capitals) => ` ${capitals.length === 1 ? capitals.toLowerCase() : capitals}`);
}

function showEvidence(value: Finding['evidence'][string]): string {
  if (value === null) return 'unknown';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? value.join(', ') : String(value);
}

/** Columns of a state's name, its time and its source; what is left is for its bar. */
const STATE = { name: 12, dwell: 13, source: 14 };
const SHORTEST_BAR = 8;

/**
 * Every state the endpoint entered and how long it stayed there, with a bar on the time of the whole flow;
 * `+` where the capture ended first, `?` where nothing proves it.
 */
function explainStates({ capture }: Analysis, connection: Connection, side: Side, width: number, paint: Paint): (string | ExplanationLine)[] {
  const entries = connection.states[side];
  const { start } = connection;
  const last = Math.max(connection.end, ...[...connection.states.client, ...connection.states.server].map(({ time }) => time));
  const end = connection.states.client.at(-1)?.state === 'CLOSED' && connection.states.server.at(-1)?.state === 'CLOSED' ? last : capture.last ?? last;
  const bar = width - STATE.name - STATE.dwell - STATE.source - 5;
  return [
    paint('title', fit(`${side === 'client' ? 'Client' : 'Server'} ${socketAddress(connection[side])}`, width)),
    ...entries.map(({ state, time, frame, proven }, index) => {
      const next = entries[index + 1];
      const until = next?.time ?? capture.last ?? time;
      const isOver = next === undefined && state === 'CLOSED';
      const dwell = isOver ? '' : `${lasting(until - time)}${next === undefined ? '+' : ' '}`;
      const drawn = isOver || bar < SHORTEST_BAR ? ' '.repeat(Math.max(0, bar)) : drawBar(time - start, until - start, end - start, bar);
      const source = `${frame === null ? 'by timer' : `frame ${frame}`}${proven ? '' : ' ?'}`;
      return {
        text: `  ${paint(stateRole[state], fit(state, STATE.name))} ${fit(dwell, STATE.dwell, 'right')} ${paint(stateRole[state], drawn)} ${paint('muted', fit(source, STATE.source))}`,
        frame,
      };
    }),
  ];
}

/** The part of `whole` that lies between two moments; at least one cell. */
function drawBar(from: Duration, to: Duration, whole: Duration, cells: number): string {
  const cell = (at: Duration): number => (whole <= 0 ? 0 : Math.round((at / whole) * cells));
  const begin = Math.max(0, Math.min(cells - 1, cell(from)));
  const end = Math.max(begin + 1, Math.min(cells, cell(to)));
  return ' '.repeat(begin) + '━'.repeat(end - begin) + ' '.repeat(cells - end);
}

function explainReset(reset: Reset, width: number, paint: Paint): (string | ExplanationLine)[] {
  const { by, frame, shape, cause, confidence, alternatives, accepted, trigger, lostBytes, evidence } = reset;
  const otherwise = alternatives.length === 0 ? '' : `, otherwise ${alternatives.join(' or ')}`;
  const drawn = trigger === null ? '' : `, answers frame ${trigger}`;
  const taken = accepted === null ? 'nothing shows whether it was accepted' : accepted ? 'accepted' : 'not accepted';
  const lost = lostBytes.client + lostBytes.server === 0
    ? ''
    : ` Not acknowledged by then: ${bytes(lostBytes.client)} of the client, ${bytes(lostBytes.server)} of the server.`;
  return [
    paint('title', fit(`RST by the ${by}: ${cause}`, width)),
    ...wrapItem('  ', `Frame ${frame}${drawn}; ${shape}, ${taken}; ${confidence}${otherwise}.${lost}`, width).map((text) => ({ text, frame })),
    ...evidence.flatMap((sentence) => wrapItem('  · ', sentence, width)),
  ];
}

function explainTraffic(connection: Connection, width: number, paint: Paint): string[] {
  const { packets, bytes: sent, zeek, roles, streams, previous } = connection;
  const facts = [
    `Client: ${counted(packets.client, 'packet')}, ${bytes(sent.client)} of data. Server: ${counted(packets.server, 'packet')}, ${bytes(sent.server)}.`,
    `Zeek calls it ${zeek.connState}, history ${zeek.history}.`,
    ...(roles === 'guessed' ? ['The opening was not captured: which side is the client is a guess.'] : []),
    ...(streams.length > 1 ? [`Wireshark counts it as streams ${streams.join(', ')}.`] : []),
    ...(previous === null ? [] : [`The same addresses and ports were used before, by flow ${previous}.`]),
  ];
  return [...heading('Traffic', paint), ...facts.flatMap((fact) => wrapItem('  ', fact, width))];
}

function heading(text: string, paint: Paint): string[] {
  return [paint('title', text)];
}
