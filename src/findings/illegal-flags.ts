import { FIN, RST, SYN, ACK } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import { ROLES } from '../tcp/fold.js';
import type { Detection, Detector } from './detector.js';

/** Combinations that no TCP sends. */
const ILLEGAL = [
  { cause: 'syn-fin', mask: SYN | FIN, flags: SYN | FIN, name: 'SYN and FIN' },
  { cause: 'syn-rst', mask: SYN | RST, flags: SYN | RST, name: 'SYN and RST' },
  { cause: 'fin-rst', mask: FIN | RST, flags: FIN | RST, name: 'FIN and RST' },
  { cause: 'fin-without-ack', mask: FIN | ACK | SYN | RST, flags: FIN, name: 'FIN without ACK' },
  { cause: 'null', mask: FIN | SYN | RST | ACK, flags: 0, name: 'no flag at all' },
] as const;

type Cause = (typeof ILLEGAL)[number]['cause'];

/** A record with one value for all causes. */
function each<Value>(value: Value): Record<Cause, Value> {
  return Object.fromEntries(ILLEGAL.map(({ cause }) => [cause, value])) as Record<Cause, Value>;
}

/** All the flags that they ask for. */
const ASKED = FIN | SYN | RST | ACK;

/** Which of them a segment's flags are; null for those that TCP sends. */
const KINDS = Array.from(
  { length: ASKED + 1 }, (_, own) => ILLEGAL.find(({ mask, flags }) => (own & mask) === flags) ?? null,
);

/** Flags that exclude each other (RFC 9293 §3.10.7). */
export const illegalFlags: Detector<'illegal-flags', Cause> = {
  id: 'illegal-flags',
  title: 'Impossible flags',
  rfc: 'RFC 9293 §3.10.7',
  severities: each('info'),
  advice: each(['No TCP sends this: a scanner, a test tool or a broken device. Look at who sends it.']),
  detect({ history, connection }) {
    const found: Detection<Cause>[] = [];
    for (let i = 0; i < history.count; i++) {
      const row = history.rows[i]!;
      if (row.marks & FOREIGN) continue;
      const kind = KINDS[row.flags & ASKED]!;
      if (kind === null || found.some(({ cause }) => cause === kind.cause)) continue;
      const role = ROLES[row.talker]!;
      const answer =
        connection.packets[role === 'client' ? 'server' : 'client'] === 0
          ? 'nobody answered'
          : 'the other side answered';
      found.push({
        cause: kind.cause, confidence: 'certain', role, start: row.time, end: row.time, frames: [row.frame],
        message: `Frame ${row.frame} of the ${role} has ${kind.name} set; ${answer}.`,
        evidence: { flags: row.flags },
      });
    }
    return found;
  },
};
