import type { Evidence } from '../analysis/model.js';
import { bytes, count } from './quantities.js';

/**
 * What a number is: how long, how much, or which one. Ticks are those of a host's timestamp clock, each of a
 * millisecond to a second (RFC 7323 §5.4).
 */
type Unit = 'seconds' | 'milliseconds' | 'ticks' | 'bytes' | 'frame' | 'flow' | 'stream' | 'port' | 'number';
type Label = readonly [label: string, unit?: Unit];

/** Evidence in words, by its name in records. Words without a unit are shown as they are, numbers as counts. */
const LABELS: Readonly<Record<string, Label>> = {
  TTL: ['TTL', 'number'],
  TTLBefore: ['TTL before', 'number'],
  above: ['SYNs with a later timestamp'],
  accepted: ['accepted'],
  alertFrame: ['alert', 'frame'],
  allSyns: ['SYNs to all services'],
  announcedBytes: ['announced', 'bytes'],
  afterAcknowledgment: ['SYN-ACKs after their acknowledgment'],
  answered: ['answered'],
  answeredInStream: ['answered in', 'stream'],
  arrivalProven: ['arrival proven'],
  answeredAfterSeconds: ['answered after', 'seconds'],
  answeredBy: ['answered by'],
  answers: ['answers', 'frame'],
  answersAt: ['answers at ports'],
  asked: ['window probes'],
  attempts: ['attempts'],
  because: ['because'],
  beforeAnswer: ['before any answer'],
  below: ['SYNs with an earlier timestamp'],
  by: ['by'],
  byReset: ['by a RST'],
  chunked: ['in chunks'],
  challengeFrame: ['challenge ACK', 'frame'],
  closeWaitSeconds: ['in CLOSE-WAIT for', 'seconds'],
  closedMeanwhile: ['closed meanwhile'],
  closedSeconds: ['window closed for', 'seconds'],
  code: ['code'],
  connected: ['connected in the end'],
  connectionClosedByPusher: ['closed first by who sent'],
  connections: ['connections'],
  connectionsPerSecond: ['connections a second that ports allow'],
  dataDropped: ['data was dropped'],
  dataSent: ['times that data was sent'],
  doubtfulBy: ['doubtful by'],
  error: ['error'],
  errors: ['ICMP errors'],
  finFrame: ['FIN', 'frame'],
  finReceived: ['FIN received'],
  flags: ['flags', 'number'],
  gaveUp: ['gave up'],
  growthSeconds: ['grew for', 'seconds'],
  handshakes: ['handshakes'],
  heldSeconds: ['TIME-WAIT held for', 'seconds'],
  holder: ['TIME-WAIT held by'],
  idleBeforeCloseSeconds: ['idle before the close', 'seconds'],
  idleBeforeSeconds: ['idle before', 'seconds'],
  idleSeconds: ['idle for', 'seconds'],
  ignored: ['ignored by the client'],
  killedAfterSeconds: ['killed after', 'seconds'],
  kind: ['kind'],
  knownLimits: ['known time limits'],
  lastOfAddress: ['last timestamp of the address', 'ticks'],
  lastStream: ['last stream that was looked at', 'number'],
  livedSeconds: ['lived through a silence of', 'seconds'],
  lostBytesClient: ['lost from the client', 'bytes'],
  lostBytesServer: ['lost from the server', 'bytes'],
  missing: ['bytes that never arrived'],
  missingBytes: ['missing', 'bytes'],
  nowAddress: ['address now'],
  nowPort: ['port now', 'port'],
  nowStream: ['stream now', 'stream'],
  offset: ['distance to the expected number', 'bytes'],
  oldestFlow: ['oldest connection', 'flow'],
  opened: ['window opened again'],
  othersAnswered: ['others were answered'],
  partOf: ['part of'],
  passes: ['largest that passed', 'bytes'],
  payload: ['payload looks like'],
  port: ['port before', 'port'],
  ports: ['ports to choose from'],
  portsAtOnce: ['ports in use at once'],
  predicted: ['predicted'],
  previousFlow: ['connection before', 'flow'],
  proven: ['proven'],
  pushBytes: ['sent', 'bytes'],
  pushFrame: ['sent in', 'frame'],
  reopenedFromTimeWait: ['reopened from TIME-WAIT'],
  requestFrame: ['request', 'frame'],
  reset: ['RST', 'frame'],
  resetTtl: ['TTL of the RST', 'number'],
  resets: ['RSTs'],
  retransmissions: ['retransmissions'],
  secondHost: ['as a second host with the address would answer'],
  seconds: ['lasted', 'seconds'],
  sentBytes: ['sent', 'bytes'],
  sentAfterFin: ['sent after the FIN', 'bytes'],
  services: ['services'],
  sigpipe: ['next write raises SIGPIPE'],
  silentSeconds: ['silent for', 'seconds'],
  sinceClose: ['since the close', 'seconds'],
  size: ['size', 'bytes'],
  sockets: ['sockets'],
  spokeOn: ['spoke on'],
  stallMilliseconds: ['stalled for', 'milliseconds'],
  stallSeconds: ['stalled for', 'seconds'],
  state: ['state'],
  stream: ['stream before', 'stream'],
  synAckDistance: ['distance of the SYN-ACK\'s number', 'number'],
  synAckTtl: ['TTL of the SYN-ACK', 'number'],
  synAcks: ['SYN-ACKs'],
  synDistance: ['distance of the SYN\'s number', 'number'],
  syns: ['SYNs'],
  system: ['system'],
  takenFrame: ['taken in', 'frame'],
  talksInStream: ['talks in', 'stream'],
  talksTo: ['talks to'],
  timeWaitSeconds: ['TIME-WAIT lasts', 'seconds'],
  timestamp: ['timestamp', 'ticks'],
  timestampAdvance: ['timestamp advanced by', 'ticks'],
  transmissions: ['times sent'],
  waited: ['waited', 'seconds'],
  waitedSeconds: ['waited', 'seconds'],
  words: ['said'],
};

/** Where a finding means something else by a name. */
const OWN_LABELS: Readonly<Record<string, Label>> = {
  'reset-storm answers': ['answered by'], 'reset-storm resets': ['RSTs'],
};

function labelOf(finding: string, name: string): Label | null {
  const own = `${finding} ${name}`;
  return Object.hasOwn(OWN_LABELS, own) ? OWN_LABELS[own]! : Object.hasOwn(LABELS, name) ? LABELS[name]! : null;
}

/** Whether a piece of evidence has words of its own. */
export function hasLabel(finding: string, name: string): boolean {
  return labelOf(finding, name) !== null;
}

/**
 * All evidence of a finding in words, with units: `in CLOSE-WAIT for` `66.059 s`. Values may hold text of a capture.
 */
export function evidenceInWords({
  id, evidence,
}: {
  readonly id: string;
  readonly evidence: Evidence;
}): readonly (readonly [label: string, value: string])[] {
  return Object.entries(evidence).map(([name, value]) => {
    const label = labelOf(id, name);
    return [label?.[0] ?? name.replace(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase(), written(value, label?.[1])];
  });
}

function written(value: Evidence[string], unit: Unit | undefined): string {
  if (value === null) return 'unknown';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return value.length === 0 ? 'none' : value.join('; ');
  if (typeof value === 'number') return inUnit(value, unit);
  // Some seconds are digits already, so that records have them as they were rounded.
  return unit === 'seconds' && /^\d+(\.\d+)?$/.test(value) ? `${value} s` : value;
}

/** With all its digits: it is what the verdict rests on. */
function inUnit(value: number, unit: Unit | undefined): string {
  switch (unit) {
    case 'seconds': return `${value} s`;
    case 'milliseconds': return `${value} ms`;
    case 'ticks': return `${value} tick${Math.abs(value) === 1 ? '' : 's'}`;
    case 'bytes': return bytes(value);
    case 'frame': case 'flow': case 'stream': case 'port': return `${unit} ${value}`;
    case 'number': return String(value);
    default: return count(value);
  }
}
