import type { Analysis, Connection, Finding, Reset, Role as Side } from '../../analysis.js';
import { bytes, counted, lasting, socketAddress } from '../../report/quantities.js';
import { worstFirst } from '../connections/source.js';
import { nameOf } from '../groups/source.js';
import { fit } from '../text/fit.js';
import { wrap, wrapItem } from '../text/wrap.js';
import { severityRole, stateRole, type Paint } from '../theme.js';

/** Most columns for the name of a piece of evidence. */
const NAME_MOST = 26;

/** All that is known of a flow beside its segments, in painted lines of at most `width` columns. */
export function explain(analysis: Analysis, connection: Connection, width: number, paint: Paint): string[] {
  const findings = worstFirst(analysis.findingsOf(connection.id).map((index) => analysis.findings[index]!));
  return [
    ...findings.flatMap((finding) => [...explainFinding(finding, width, paint), '']),
    ...explainStates(analysis, connection, 'client', width, paint),
    '',
    ...explainStates(analysis, connection, 'server', width, paint),
    '',
    ...connection.resets.flatMap((reset) => [...explainReset(reset, width, paint), '']),
    ...explainTraffic(connection, width, paint),
  ];
}

function explainFinding(finding: Finding, width: number, paint: Paint): string[] {
  const { severity, id, cause, confidence, alternatives, message, evidence, frames, advice, filter } = finding;
  const otherwise = alternatives.length === 0 ? '' : `, otherwise ${alternatives.join(' or ')}`;
  const names = Math.min(NAME_MOST, Math.max(6, ...Object.keys(evidence).map((name) => inWords(name).length)));
  return [
    paint(severityRole[severity], fit(`${severity}  ${nameOf({ finding: id, cause })}`, width)),
    ...wrap(message, width),
    ...wrap(`Confidence: ${confidence}${otherwise}.`, width).map((line) => paint('muted', line)),
    '',
    ...heading('Evidence', paint),
    ...[...Object.entries(evidence), ['frames', frames.join(', ')] as const]
      .flatMap(([name, value]) => wrapItem(`  ${fit(inWords(name), names)}  `, showEvidence(value), width)),
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

/** Every state the endpoint entered, and how long it stayed there; `+` where the capture ended first, `?` where nothing proves it. */
function explainStates({ capture }: Analysis, connection: Connection, side: Side, width: number, paint: Paint): string[] {
  const entries = connection.states[side];
  return [
    paint('title', fit(`${side === 'client' ? 'Client' : 'Server'} ${socketAddress(connection[side])}`, width)),
    ...entries.map(({ state, time, frame, proven }, index) => {
      const next = entries[index + 1];
      const end = next?.time ?? capture.last ?? time;
      const dwell = next === undefined && state === 'CLOSED' ? '' : `${lasting(end - time)}${next === undefined ? '+' : ' '}`;
      const source = frame === null ? 'by timer' : `frame ${frame}`;
      return `  ${paint(stateRole[state], fit(state, 12))} ${fit(dwell, 14, 'right')}  ${paint('muted', fit(`${source}${proven ? '' : ' ?'}`, Math.max(0, width - 31)))}`;
    }),
  ];
}

function explainReset(reset: Reset, width: number, paint: Paint): string[] {
  const { by, frame, shape, cause, confidence, alternatives, accepted, trigger, lostBytes, evidence } = reset;
  const otherwise = alternatives.length === 0 ? '' : `, otherwise ${alternatives.join(' or ')}`;
  const drawn = trigger === null ? '' : `, answers frame ${trigger}`;
  const taken = accepted === null ? 'nothing shows whether it was accepted' : accepted ? 'accepted' : 'not accepted';
  const lost = lostBytes.client + lostBytes.server === 0
    ? ''
    : ` Not acknowledged by then: ${bytes(lostBytes.client)} of the client, ${bytes(lostBytes.server)} of the server.`;
  return [
    paint('title', fit(`RST by the ${by}: ${cause}`, width)),
    ...wrapItem('  ', `Frame ${frame}${drawn}; ${shape}, ${taken}; ${confidence}${otherwise}.${lost}`, width),
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
