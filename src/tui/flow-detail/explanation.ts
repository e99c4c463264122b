import { evidenceInWords } from '../../report/evidence.js';
import type { Analysis, Connection, Duration, Finding, Reset, StateEntry, Time } from '../../analysis/model.js';
import { bytes, counted, lasting, socketAddress } from '../../report/quantities.js';
import { worstFirst } from '../connections/columns.js';
import { nameOf } from '../groups/source.js';
import { columnsOf, fit } from '../text/fit.js';
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
  const findings = worstFirst(analysis.findingsOf(connection.id));
  return [
    ...findings.flatMap((finding) => [...explainFinding(finding, width, paint), '']),
    ...explainStates(connection, width, paint),
    ...connection.resets.flatMap((reset) => [...explainReset(reset, width, paint), '']),
    ...explainTraffic(connection, width, paint),
  ].map((line) => (typeof line === 'string' ? { text: line, frame: null } : line));
}

function explainFinding(finding: Finding, width: number, paint: Paint): (string | ExplanationLine)[] {
  const { severity, id, cause, confidence, alternatives, message, frames, advice, filter } = finding;
  const evidence = evidenceInWords(finding);
  const otherwise = alternatives.length === 0 ? '' : `, otherwise ${alternatives.join(' or ')}`;
  const names = Math.min(NAME_MOST, Math.max(6, ...evidence.map(([label]) => label.length)));
  return [
    paint(severityRole[severity], fit(`${severity}  ${nameOf({ finding: id, cause })}`, width)),
    ...wrap(message, width),
    ...wrap(`Confidence: ${confidence}${otherwise}.`, width).map((line) => paint('muted', line)),
    '',
    ...heading('Evidence', paint),
    ...evidence.flatMap(([label, value]) => wrapItem(`  ${fit(label, names)}  `, value, width)),
    ...frames.map((frame, index) => ({
      text: `  ${fit(index === 0 ? (frames.length === 1 ? 'frame' : 'frames') : '', names)}  ` +
        paint('accent', fit(`● ${frame}`, Math.max(1, width - names - 4))), frame,
    })),
    ...(advice.length === 0 ? [] : ['', ...heading('What to change', paint)]),
    ...advice.flatMap((step, index) => wrapItem(`  ${index + 1} `, step, width)),
    '',
    ...heading('Wireshark filter', paint),
    ...wrapItem('  ', filter, width).map((line) => paint('accent', line)),
  ];
}

/** Shorter than this a bar says nothing. */
const SHORTEST_BAR = 6;

/** A state that an endpoint entered, in words. */
interface Stay {
  readonly entry: StateEntry;
  readonly until: Time;
  /** The endpoint is closed, and stays so. */
  readonly isOver: boolean;
  readonly dwell: string;
  readonly source: string;
}

/**
 * Every state that the endpoints entered and how long they stayed there, with a bar on the time of the whole flow;
 * `+` where the capture ended first, `?` where nothing proves it.
 */
function explainStates(connection: Connection, width: number, paint: Paint): (string | ExplanationLine)[] {
  const { start } = connection;
  const sides = (['client', 'server'] as const).map((side) => ({
    side, stays: staysOf(connection.states[side], connection.observedUntil),
  }));
  const stays = sides.flatMap((each) => each.stays);
  const last = Math.max(connection.end, ...stays.map(({ entry }) => entry.time));
  const end = sides.every((each) => each.stays.at(-1)?.isOver === true)
    ? last
    : Math.max(last, connection.observedUntil);
  const widest = (text: (stay: Stay) => string): number => Math.max(0, ...stays.map((stay) => columnsOf(text(stay))));
  const widths = {
    state: widest(({ entry }) => entry.state), dwell: widest(({ dwell }) => dwell),
    source: widest(({ source }) => source),
  };
  const bar = Math.max(0, width - 2 - widths.state - widths.dwell - widths.source - 3);
  return sides.flatMap(({ side, stays: own }) => [
    paint('title', fit(`${side === 'client' ? 'Client' : 'Server'} ${socketAddress(connection[side])}`, width)),
    ...own.map(({ entry: { state, time, frame }, until, isOver, dwell, source }) => {
      const drawn =
        isOver || bar < SHORTEST_BAR ? ' '.repeat(bar) : drawBar(time - start, until - start, end - start, bar);
      return {
        text: `  ${paint(stateRole[state], fit(state, widths.state))} ${fit(dwell, widths.dwell, 'right')} ` +
          `${paint(stateRole[state], drawn)} ${paint('muted', fit(source, widths.source))}`,
        frame,
      };
    }),
    '',
  ]);
}

function staysOf(entries: readonly StateEntry[], observedUntil: Time): Stay[] {
  return entries.map((entry, index) => {
    const next = entries[index + 1];
    const until = next?.time ?? Math.max(observedUntil, entry.time);
    const isOver = next === undefined && entry.state === 'CLOSED';
    return {
      entry, until, isOver,
      dwell: isOver ? '' : `${lasting(until - entry.time)}${next === undefined ? '+' : ' '}`,
      source: `${entry.frame === null ? 'by timer' : `frame ${entry.frame}`}${entry.proven ? '' : ' ?'}`,
    };
  });
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
    ...wrapItem('  ', `Frame ${frame}${drawn}; ${shape}, ${taken}; ${confidence}${otherwise}.${lost}`, width).map(
      (text) => ({ text, frame }),
    ),
    ...evidence.flatMap((sentence) => wrapItem('  · ', sentence, width)),
  ];
}

function explainTraffic(connection: Connection, width: number, paint: Paint): string[] {
  const { packets, bytes: sent, zeek, roles, streams, previous } = connection;
  const facts = [
    `Client: ${counted(packets.client, 'packet')}, ${bytes(sent.client)} of data. Server: ` +
      `${counted(packets.server, 'packet')}, ${bytes(sent.server)}.`,
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
