import type { Segment } from '../../decode/segment.js';

/** Bytes of a RST's payload that are kept: RFC 9293 §3.5.3 lets it carry a text that explains it. */
const NOTE_LIMIT = 120;

/** Stands before an MPTCP reason. No payload can say it: of a payload only printable characters are kept. */
export const MPTCP_REASON = '\u0000MPTCP ';

/** What a RST says beside its header: an MPTCP reason, a text, or bytes in hexadecimal. */
export function resetPayload(segment: Segment, bytes: Uint8Array): string {
  return segment.mptcpResetReason >= 0 ? `${MPTCP_REASON}${segment.mptcpResetReason}` : payloadText(segment, bytes);
}

/** The printable part of a RST's payload, or its bytes in hexadecimal. */
function payloadText(segment: Segment, bytes: Uint8Array): string {
  const payload = Buffer.from(
    bytes.buffer, bytes.byteOffset + segment.payloadOffset, Math.min(segment.payloadCaptured, NOTE_LIMIT),
  );
  const text = payload.toString('latin1').replace(/[^\x20-\x7e]+/g, '');
  return text.length * 4 >= payload.length * 3 ? text : `0x${payload.toString('hex')}`;
}
