import type { PayloadKind } from './payload-kind.js';

/** Protocols in the clear whose clients say good-bye in words that are known (farewell.ts), or never do. */
const GOOD_BYE_IS_KNOWN: ReadonlySet<PayloadKind> = new Set<PayloadKind>([
  'http-request', 'redis-command', 'memcached-command', 'mysql-login', 'mongodb', 'smtp-command',
]);

/**
 * Whether a few bytes of a client are a request, though it closed right behind them, and not the good-bye that they
 * look like by their size: a program that writes and then reads finds the end of a stream that had ended before it
 * asked, and closes at once. `bytes` are no good-bye of a protocol that is known (farewell.ts).
 *
 * @param kind of the client's first payload
 * @param firstAnswer bytes of the server's first payload
 * @param before bytes of what the client had said last before: a good-bye is said once, and a request like the one
 *     before it is as long
 */
export function isShortRequest(kind: PayloadKind, firstAnswer: number, bytes: number, before: number): boolean {
  if (GOOD_BYE_IS_KNOWN.has(kind)) return true;
  // A server of PostgreSQL that grants TLS says so in one byte ("SSL Session Encryption").
  if (kind === 'postgresql-startup') return firstAnswer > 1;
  return kind === 'unknown' && bytes === before;
}
