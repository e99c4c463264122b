import type { TellingSegment } from '../../flow/history/telling-segment.js';
import { MPTCP_REASON } from '../../flow/history/reset-payload.js';

/** RFC 8684 §3.6, the reason codes of MP_TCPRST. */
const MPTCP_REASONS = [
  'unspecified error', 'MPTCP-specific error', 'lack of resources', 'administratively prohibited',
  'too much outstanding data', 'unacceptable performance', 'middlebox interference',
];

/**
 * draft-ietf-tcpm-rst-diagnostic-payload: `33 AA`, a reason of 16 bits, a private enterprise number of 32; these are
 * the reasons of number 0.
 */
const DIAGNOSES = [
  '', 'illegal option length', 'desynchronized', 'new data after CLOSE', 'ABORT',
  'unexpected ACK in a non-synchronized state', 'SYN in the window', 'security', 'malformed message', 'not authorized',
  'resource exceeded', 'network failure', 'reset received from the peer', 'destination unreachable',
  'connection timeout', 'too much outstanding data', 'unacceptable performance', 'middlebox interference',
];

/**
 * Windows by which a Citrix NetScaler says why it sends a RST (Wireshark, packet-tcp.c,
 * netscaler_reset_window_error_code).
 */
const NETSCALER_WINDOWS: Readonly<Record<number, string>> = {
  8202: 'no control block for a stray packet', 8206: 'the same four-tuple is in use again', 9300: 'idle timeout',
  9301: 'idle timeout', 9302: 'idle timeout', 9303: 'zombie timeout', 9304: 'gave up on a zero window',
  9310: 'keepalive probes failed', 9700: 'a RST passed through', 9702: 'data after a FIN',
};

/** Begins what tells bytes of a RST's payload. */
export const CARRIES = 'it carries a ';

/** What a RST itself says of its reason, in words; nothing where it says nothing. Untrusted: anybody can write it. */
export function resetDiagnostics({ note, window }: TellingSegment): string[] {
  const words: string[] = [];
  const mptcp = note.startsWith(MPTCP_REASON) ? Number(note.slice(MPTCP_REASON.length)) : null;
  if (mptcp !== null) words.push(`it names its reason: ${MPTCP_REASONS[mptcp] ?? 'unknown'} (MP_TCPRST, ${mptcp})`);
  else if (note !== '') words.push(diagnosis(note) ?? `${CARRIES}text: ${note}`);
  const netscaler = NETSCALER_WINDOWS[window];
  if (netscaler) words.push(`its window, ${window}, would say "${netscaler}" if a NetScaler sent it`);
  return words;
}

function diagnosis(note: string): string | null {
  const payload = /^0x33aa([0-9a-f]{4})([0-9a-f]{8})/.exec(note);
  if (!payload) return null;
  const reason = Number.parseInt(payload[1]!, 16);
  const enterprise = Number.parseInt(payload[2]!, 16);
  const word = enterprise === 0 ? DIAGNOSES[reason] : undefined;
  return `${CARRIES}diagnosis: ${word ?? `reason ${reason} of enterprise ${enterprise}`}`;
}
