import { RST } from '../../decode/segment.js';
import { S } from '../machine.js';
import { NO_ROW } from '../segment-history.js';
import type { CauseVerdict, ResetContext } from './context.js';
import { signsOf } from './forged.js';
import { hops } from './hops.js';

/**
 * A verdict no surer than it is that the RST is its sender's own.
 *
 * @param trigger row that drew it; NO_ROW if none did
 * @param reactive whether it answers a segment
 */
export function asFarAsOwn(
  context: ResetContext, trigger: number, reactive: boolean, verdict: CauseVerdict,
): CauseVerdict {
  const doubt = verdict.confidence === 'certain' ? mayBeForged(context, trigger, reactive) : null;
  if (doubt === null) return verdict;
  return {
    ...verdict, confidence: 'likely', alternatives: [...verdict.alternatives, 'forged'],
    evidence: [...verdict.evidence, doubt],
  };
}

/**
 * What keeps a RST from being its sender's own for certain: a sign that is too weak to make it another's, or that the
 * FIN in this sender's name came from elsewhere than what it had said before (a box that closes for it). Null if there
 * is nothing.
 */
function mayBeForged(context: ResetContext, trigger: number, reactive: boolean): string | null {
  const { history, at } = context;
  // Who opens answers by numbers that are not its own (RFC 9293 §3.10.7.3).
  if (context.talkerState === S['SYN-SENT']) return null;
  const [sign] = signsOf(context, trigger, reactive);
  if (sign !== undefined) return sign.says;
  const { talker } = history.rows[at]!;
  const { fin } = history.ends[talker]!;
  if (fin === NO_ROW) return null;
  const { ttl, frame } = history.rows[fin]!;
  const before = history.lastBefore(fin, talker, ({ flags }) => !(flags & RST));
  // A tap at both sides of a router has bare acknowledgments twice, with two TTLs.
  const alike = history.lastBefore(fin, talker, (row) => !(row.flags & RST) && hops(row.ttl) === hops(ttl));
  if (before === NO_ROW || alike !== NO_ROW) return null;
  const own = history.rows[before]!.ttl;
  return `the FIN in its sender's name (frame ${frame}) has TTL ${ttl}, what that said before ${own}`;
}
