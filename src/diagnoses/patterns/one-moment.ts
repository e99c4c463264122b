import { consecutive } from '../../base/groups.js';
import { MILLISECOND } from '../../base/time.js';
import type { Duration, Time } from '../../base/time.js';
import { BY_CHANCE, groupsByChance } from './chance.js';
import { stood } from '../diagnosis.js';
import type { Scene } from '../diagnosis.js';
import type { Facts } from '../facts/facts.js';

/**
 * A process that ends closes its sockets one after the other (exit_files, fs/file.c; measured: 30 in 0.3 ms, 60 in 3
 * ms).
 */
export const APART: Duration = 5 * MILLISECOND;
const SOCKETS = 30;

/** So many connections that were ended together are told from their RSTs alone. */
export const FORGOTTEN = 3;

/** So many requests that are cut off together are no chance. */
export const CUT_OFF = 3;

/** A request that waits for so long is no last word. */
export const OLD: Duration = 100 * MILLISECOND;

/** What the server closed, in order of time; a RST without ACK answers a segment, and closes nothing. */
export function closesOf(serverClosed: readonly Facts[]): Facts[] {
  return serverClosed
    .filter(
      (facts) => stood(facts) && !(facts.closedByReset && facts.reset?.bare === true),
    )
    .sort((a, b) => a.closeAt - b.closeAt);
}

/** Of the closes of one end, in order of time, those that follow each other as a process that ends closes them. */
export function closesInRow(closes: readonly Facts[]): Facts[][] {
  return consecutive(closes, ({ closeAt }, group) => closeAt - group.at(-1)!.closeAt <= APART);
}

/** Whether a process that ends closes so many within this time. */
export function isOneMoment(count: number, width: Duration): boolean {
  return width <= APART * (1 + count / SOCKETS);
}

/** Groups of connections that the server closed together, of those that it closed. */
export function simultaneousCloses(closes: readonly Facts[]): Facts[][] {
  return closesInRow(closes).filter(
    (group) => group.length >= 2 && isOneMoment(group.length, group.at(-1)!.closeAt - group[0]!.closeAt),
  );
}

/** Connections that began before one moment and were open until another one. */
export function openThroughout(known: readonly Facts[], before: Time, until: Time): Facts[] {
  return known.filter(
    (facts) => stood(facts) && facts.start < before && (facts.closer === -1 || facts.closeAt >= until),
  );
}

/**
 * Whether a server that closes so many connections at any time would close these together by chance; `part`: how often
 * what came with it comes.
 */
export function isTogetherByChance(
  scene: Scene, closes: readonly Facts[], group: readonly Facts[], part = 1,
): boolean {
  const width = Math.max(APART, group.at(-1)!.closeAt - group[0]!.closeAt);
  const span = closes.at(-1)!.closeAt - closes[0]!.closeAt;
  // It is looked for at each service.
  const groups = groupsByChance(group.length, width, closes.length - group.length, span);
  return groups * part * scene.services.length > BY_CHANCE;
}

/** To those who asked when it happened. */
export const SEND_AGAIN = 'Clients: send again what may be sent twice, with a growing pause.';
