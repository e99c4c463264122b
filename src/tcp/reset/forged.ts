import { HAS_TIMESTAMPS, NO_IP_ID } from '../../flow/history/telling-segment.js';
import { livesOn } from './acceptance.js';
import { causeVerdict } from './context.js';
import type { ResetContext, CauseVerdict } from './context.js';

/**
 * Somebody else's RST in this sender's name: one absolute sign (the sender goes on), or two soft ones together
 * (TTL, IP ID, timestamps against the sender's other segments: Weaver, Sommer and Paxson, Detecting Forged TCP Reset Packets, NDSS 2009).
 * Of an aborting RST only: an answer has none of these by nature.
 */
export function forged(context: ResetContext): CauseVerdict | null {
  const { history, at, talker } = context;
  const row = history.rows[at]!;
  if (!talker.spoke) return null;
  const signs: string[] = [];
  if (Math.abs(row.ttl - talker.ttl) >= 2) signs.push(`TTL ${row.ttl} where its sender's other segments have ${talker.ttl}`);
  if (talker.usesTimestamps && !(row.marks & HAS_TIMESTAMPS)) signs.push('no timestamps on a connection that uses them');
  if (!(row.marks & NO_IP_ID) && row.ipId === 0 && talker.ipId > 0) signs.push(`IP ID 0 where its sender counts (last ${talker.ipId})`);
  const goesOn = livesOn(history, at);
  if (goesOn) signs.unshift('its alleged sender went on as if it had not sent it');
  if (!goesOn && signs.length < 2) return null;
  return causeVerdict('forged', signs.length > 1 ? 'likely' : 'possible', signs, ['abort']);
}
