import { ACK, RST, SYN } from '../../decode/segment.js';
import { FOREIGN } from './telling-segment.js';
import type { TellingSegment } from './telling-segment.js';

/**
 * Whether `rows` show one direction of a conversation alone: one end talks, nothing of the other was captured, and yet
 * the first heard it. It goes on behind the SYN or SYN-ACK that it sent (RFC 9293 §3.10.7.3, §3.10.7.4), or it
 * acknowledges more than it did (§3.10.7.4). So does a tap behind which the way back parts from the way there, and a
 * capture filter with `src`.
 *
 * Who only sends the same again to an end that says nothing has heard nothing.
 */
export function isOneDirection(rows: readonly TellingSegment[], count: number): boolean {
  let talker = -1;
  let opened = false;
  let heard = false;
  let acknowledged: number | null = null;
  for (let at = 0; at < count; at++) {
    const row = rows[at]!;
    if ((row.marks & FOREIGN) !== 0) continue;
    if (talker !== -1 && row.talker !== talker) return false;
    talker = row.talker;
    if ((row.flags & SYN) !== 0) opened = true;
    if ((row.flags & (SYN | RST | ACK)) !== ACK) continue;
    heard ||= opened || (acknowledged !== null && row.acknowledgment !== acknowledged);
    acknowledged = row.acknowledgment;
  }
  return heard;
}
