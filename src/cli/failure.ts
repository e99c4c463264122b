import { inert } from '../report/inert.js';
import type { Host } from './host.js';
import { WAY_OUT, isOutOfMemory } from './memory.js';

/** The command cannot be carried out as it was given; `message` says why, to the one who typed it. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** Ctrl-C came while reading or writing. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** Errors whose message was written for the user; of all others the message alone would explain nothing. */
const FOR_USERS = new Set([
  'CommandError',
  'CaptureError',
  'ReportError',
  'SocketsError',
  'CollectError',
  'StateError',
  'RowsError',
]);

/** Says on stderr what went wrong, without a stack trace (unless LASTACK_DEBUG=1), and sets the exit status. */
export function fail(error: unknown, host: Host): void {
  if (error instanceof Interrupted) {
    host.exitCode = 130;
    return;
  }
  host.exitCode = 2;
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  if (isOutOfMemory(error)) {
    host.stderr.write(`lastack: ` +
      `${message.startsWith('memory is used up') ? message : `there is not enough memory (${inert(message)})`}: ` +
      `${WAY_OUT}\n`);
    return;
  }
  const known = FOR_USERS.has(name) || (error instanceof Error && 'syscall' in error);
  const hint = known || host.env['LASTACK_DEBUG'] === '1' ? '' : ' (a fault of lastack: LASTACK_DEBUG=1 shows where)';
  host.stderr.write(`lastack: ${inert(message)}${hint}\n`);
  if (host.env['LASTACK_DEBUG'] === '1' && stack !== undefined) host.stderr.write(`${stack}\n`);
}
