import { FIN, RST, SYN, ACK } from '../decode/segment.js';
import { FOREIGN } from '../flow/telling-segment.js';
import { ROLES } from '../tcp/fold.js';
import type { Detection, Detector } from './detector.js';

/** Combinations that no TCP sends. */
const ILLEGAL: readonly { readonly cause: string; readonly mask: number; readonly flags: number; readonly name: string }[] = [
  { cause: 'syn-fin', mask: SYN | FIN, flags: SYN | FIN, name: 'SYN and FIN' },
  { cause: 'syn-rst', mask: SYN | RST, flags: SYN | RST, name: 'SYN and RST' },
  { cause: 'fin-rst', mask: FIN | RST, flags: FIN | RST, name: 'FIN and RST' },
  { cause: 'fin-without-ack', mask: FIN | ACK | SYN | RST, flags: FIN, name: 'FIN without ACK' },
  { cause: 'null', mask: FIN | SYN | RST | ACK, flags: 0, name: 'no flag at all' },
];

/** Flags that exclude each other (RFC 9293 §3.10.7). */
export const illegalFlags: Detector = {
  id: 'illegal-flags',
  title: 'Impossible flags',
  rfc: 'RFC 9293 §3.10.7',
  severities: Object.fromEntries(ILLEGAL.map(({ cause }) => [cause, 'info'])),
  advice: Object.fromEntries(ILLEGAL.map(({ cause }) => [cause, ['No TCP sends this: a scanner, a test tool or a broken device. Look at who sends it.']])),
  detect({ story, connection }) {
    const found = new Map<string, Detection>();
    for (let i = 0; i < story.count; i++) {
      const row = story.rows[i]!;
      if (row.marks & FOREIGN) continue;
      const kind = ILLEGAL.find(({ mask, flags }) => (row.flags & mask) === flags);
      if (!kind || found.has(kind.cause)) continue;
      const role = ROLES[row.talker]!;
      const answer = connection.packets[role === 'client' ? 'server' : 'client'] === 0 ? 'nobody answered' : 'the other side answered';
      found.set(kind.cause, {
        cause: kind.cause, confidence: 'certain', role, start: row.time, end: row.time, frames: [row.frame],
        message: `Frame ${row.frame} of the ${role} has ${kind.name} set; ${answer}.`,
        evidence: { flags: row.flags },
      });
    }
    return [...found.values()];
  },
};
