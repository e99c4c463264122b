import type { Confidence, Ending, ResetCause } from '../analysis/model.js';
import { diagnosisDetectors } from '../diagnoses/index.js';
import { SEVERITIES } from '../findings/finding.js';
import { kinds } from '../findings/index.js';
import { DOUBTS, STANDINGS } from '../tcp/connection.js';
import { STATES } from '../tcp/transitions.js';

// A union has no list at run time: an object that must name each of its members, and may name no other, is one.
const ENDINGS = Object.keys({
  closed: 0, reset: 0, refused: 0, 'half-closed': 0, 'half-open': 0, open: 0, unanswered: 0, unknown: 0,
} satisfies Record<Ending, 0>);
const RESET_CAUSES = Object.keys({
  refused: 0, linger: 0, 'unread-data': 0, abort: 0, 'listener-closed': 0, 'keepalive-timeout': 0,
  'retransmission-timeout': 0, 'fin-wait-2-expired': 0, 'closed-peer': 0, 'no-socket': 0, challenge: 0, echo: 0,
  forged: 0, unknown: 0,
} satisfies Record<ResetCause, 0>);
const CONFIDENCES = Object.keys({ possible: 0, likely: 0, certain: 0 } satisfies Record<Confidence, 0>);

/** What a field of words can hold. */
export interface Vocabulary {
  readonly words: readonly string[];
  /** The words are in ascending order, so that < and > make sense. */
  readonly ordered?: true;
  /** Other spellings, as `fold` leaves them. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** Stands for "it has none of these". */
export const NONE = 'none';

export const states: Vocabulary = {
  words: STATES,
  // ss says ESTAB and SYN-RECV, netstat FIN_WAIT1 and CLOSE; case and separators do not count anyway.
  aliases: {
    estab: 'ESTABLISHED', synrecv: 'SYN-RECEIVED', synrcvd: 'SYN-RECEIVED', close: 'CLOSED', timedwait: 'TIME-WAIT',
  },
};
export const endings: Vocabulary = { words: ENDINGS };
export const verdicts: Vocabulary = { words: STANDINGS };
export const doubts: Vocabulary = { words: [...DOUBTS, NONE] };
export const closers: Vocabulary = { words: ['client', 'server', 'both', NONE] };
export const roles: Vocabulary = { words: ['handshake', 'guessed'] };
export const resetCauses: Vocabulary = { words: [...RESET_CAUSES, NONE] };
export const severities: Vocabulary = { words: [NONE, ...SEVERITIES.toReversed()], ordered: true };
export const confidences: Vocabulary = { words: CONFIDENCES, ordered: true };
export const findings: Vocabulary = { words: [...kinds.map(({ id }) => id), NONE] };
export const diagnoses: Vocabulary = { words: [...diagnosisDetectors.map(({ id }) => id), NONE] };
export const causes: Vocabulary = {
  words: [
    ...new Set([
      ...kinds.flatMap((detector) => Object.keys(detector.severities)).filter((cause) => cause !== ''), NONE,
    ]),
  ],
};

/** The word that was meant: any case, with `-`, `_` or nothing between its parts; null if there is none. */
export function readWord(text: string, { words, aliases }: Vocabulary): string | null {
  const folded = fold(text);
  return words.find((word) => fold(word) === folded) ?? aliases?.[folded] ?? null;
}

function fold(text: string): string {
  return text.toLowerCase().replace(/[-_]/g, '');
}
