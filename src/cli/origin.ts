import type { Origin } from '../report/choices.js';
import type { Host } from './host.js';

/** Words that a shell takes as they are. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/**
 * What was typed, and when: for a report that is looked at days later. SOURCE_DATE_EPOCH (reproducible-builds.org), in
 * seconds, stands for the clock: with it, and without, the same capture and command give the same bytes, but for the
 * date.
 */
export function originOf({ argv, env }: Pick<Host, 'argv' | 'env'>, now: number = Date.now()): Origin {
  const words = argv?.slice(2) ?? [];
  const epoch = env['SOURCE_DATE_EPOCH'];
  const set = epoch !== undefined && /^\d{1,12}$/.test(epoch) ? Number(epoch) * 1000 : null;
  return { command: words.length === 0 ? null : ['lastack', ...words].map(quoted).join(' '), made: set ?? now };
}

function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
