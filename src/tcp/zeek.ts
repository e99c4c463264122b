import { ACK, FIN, RST, SYN } from '../decode/segment.js';
import { FOREIGN, PROBE, REPEAT } from '../flow/history.js';
import type { Story } from './story.js';

type EndState = 'INACTIVE' | 'SYN_SENT' | 'SYN_ACK_SENT' | 'PARTIAL' | 'ESTABLISHED' | 'CLOSED' | 'RESET';

/**
 * Zeek's `conn_state` and `history` (scripts/base/protocols/conn/main.zeek), without Zeek's timers.
 *
 * Made from telling segments only, so the letters that count on a logarithmic scale (t, w) stand once.
 */
export function zeekView(story: Story): { readonly connState: string; readonly history: string } {
  const states: [EndState, EndState] = ['INACTIVE', 'INACTIVE'];
  const told: [string, string] = ['', ''];
  let history = '';
  for (let i = 0; i < story.count; i++) {
    const row = story.rows[i]!;
    if (row.marks & FOREIGN) continue;
    const talker = row.talker as 0 | 1;
    const said = letters(row.flags, row.length, row.marks, row.window);
    for (let at = 0; at < said.length; at++) {
      const letter = said[at]!;
      if (told[talker].includes(letter) && (!'shfr'.includes(letter) || isRepeated(story, i, letter))) continue;
      told[talker] += letter;
      history += talker === 0 ? letter.toUpperCase() : letter;
    }
    advance(states, talker, row.flags);
  }
  return { connState: connState(states, history), history };
}

/** Whether an earlier row of the same end told `letter` with the same sequence number. */
function isRepeated({ rows }: Story, at: number, letter: string): boolean {
  const { talker, sequence } = rows[at]!;
  for (let i = 0; i < at; i++) {
    const row = rows[i]!;
    if (row.talker !== talker || row.sequence !== sequence || row.marks & FOREIGN) continue;
    if (letters(row.flags, row.length, row.marks, row.window).includes(letter)) return true;
  }
  return false;
}

function letters(flags: number, length: number, marks: number, window: number): string {
  if ((flags & (SYN | FIN)) === (SYN | FIN) || (flags & (SYN | RST)) === (SYN | RST)) return 'q';
  if ((flags & (FIN | RST)) === (FIN | RST)) return 'i';
  let told = '';
  if (flags & SYN) told += flags & ACK ? 'h' : 's';
  if (marks & REPEAT && !(marks & PROBE) && length > 0) told += 't';
  else if (length > 0) told += 'd';
  else if ((flags & (ACK | SYN | FIN | RST)) === ACK) told += window === 0 ? 'aw' : 'a';
  if (flags & FIN) told += 'f';
  if (flags & RST) told += 'r';
  return told;
}

function advance(states: [EndState, EndState], talker: 0 | 1, flags: number): void {
  const peer = (1 - talker) as 0 | 1;
  if (flags & RST) {
    if (!(states[0] === 'CLOSED' && states[1] === 'CLOSED')) states[talker] = 'RESET';
    return;
  }
  if (flags & FIN) {
    if (states[talker] === 'RESET') return;
    states[talker] = 'CLOSED';
    if (states[peer] === 'RESET') states[peer] = 'CLOSED';
    return;
  }
  if (flags & SYN) {
    if (states[talker] === 'INACTIVE' || states[talker] === 'PARTIAL') states[talker] = flags & ACK ? 'SYN_ACK_SENT' : 'SYN_SENT';
    return;
  }
  if (states[talker] === 'INACTIVE') states[talker] = 'PARTIAL';
  if (states[talker] === 'SYN_SENT' && states[peer] === 'SYN_ACK_SENT') {
    states[talker] = 'ESTABLISHED';
    states[peer] = 'ESTABLISHED';
  }
}

function connState([originator, responder]: [EndState, EndState], history: string): string {
  const inactive = (state: EndState): boolean => state === 'INACTIVE' || state === 'PARTIAL';
  if (responder === 'RESET') {
    if (originator === 'SYN_SENT' || originator === 'SYN_ACK_SENT' || (originator === 'RESET' && !/d/i.test(history))) return 'REJ';
    return inactive(originator) ? 'RSTRH' : 'RSTR';
  }
  if (originator === 'RESET') {
    if (!inactive(responder)) return 'RSTO';
    return /^\^?S[^HAFGIQ]*R/.test(history) ? 'RSTOS0' : 'OTH';
  }
  if (originator === 'CLOSED') return responder === 'CLOSED' ? 'SF' : inactive(responder) ? 'SH' : 'S2';
  if (responder === 'CLOSED') return inactive(originator) ? 'SHR' : 'S3';
  if (originator === 'SYN_SENT' && responder === 'INACTIVE') return 'S0';
  return originator === 'ESTABLISHED' && responder === 'ESTABLISHED' ? 'S1' : 'OTH';
}
