import { FIN, RST, SYN, ACK } from '../decode/segment.js';
import { FOREIGN } from '../flow/history/telling-segment.js';
import { ROLES } from '../tcp/fold.js';
import { NO_ROW } from '../tcp/segment-history.js';
import type { Detection, Detector, Subject } from './detector.js';

/** Combinations that no TCP sends, but for T/TCP, which opened and closed in one segment (RFC 1644 §2.2, historic). */
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

/**
 * What the other side did behind row `at`: who had spoken before may go on without having heard it, which in a
 * synchronized state is what it should do (RFC 9293 §3.10.7.4, fifth: without ACK it is dropped).
 */
function answerTo({ history }: Subject, at: number): string {
  const other = 1 - history.rows[at]!.talker;
  if (history.lastBefore(history.count, other, ({ marks }) => !(marks & FOREIGN)) <= at) return 'nobody answered';
  return history.lastBefore(at, other, ({ marks }) => !(marks & FOREIGN)) === NO_ROW
    ? 'the other side answered'
    : 'the other side went on';
}

/** Flags that exclude each other (RFC 9293 §3.10.7). */
export const illegalFlags: Detector<'illegal-flags', Cause> = {
  id: 'illegal-flags',
  title: 'Impossible flags',
  rfc: 'RFC 9293 §3.10.7',
  severities: each('info'),
  advice: each(['No TCP of today sends this: a scanner, a test tool or a broken device. Look at who sends it.']),
  detect(subject) {
    const { history } = subject;
    const found: Detection<Cause>[] = [];
    for (let i = 0; i < history.count; i++) {
      const row = history.rows[i]!;
      if (row.marks & FOREIGN) continue;
      const kind = KINDS[row.flags & ASKED]!;
      if (kind === null || found.some(({ cause }) => cause === kind.cause)) continue;
      const role = ROLES[row.talker]!;
      const answer = answerTo(subject, i);
      found.push({
        cause: kind.cause, confidence: 'certain', role, start: row.time, end: row.time, frames: [row.frame],
        message: `Frame ${row.frame} of the ${role} has ${kind.name} set; ${answer}.`,
        evidence: { flags: row.flags },
      });
    }
    return found;
  },
};
