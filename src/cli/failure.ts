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

/** Codes of the system for a file that cannot be read or written, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file', ENOTDIR: 'no such file', EISDIR: 'a folder, not a file', EACCES: 'permission denied',
  EPERM: 'permission denied', ENOSPC: 'the disk is full', EROFS: 'its file system is read-only',
};

/** `ci.json: no such file`, where the system refused a file that it names; null for any other error. */
function ofFile(error: unknown): string | null {
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return null;
  const reason = REASONS[String(error.code)];
  return reason === undefined ? null : `${String(error.path)}: ${reason}`;
}

/** `the disk is full`, where the system refused to take what goes to stdout; null for any other error. */
function ofStdout(error: unknown): string | null {
  if (!(error instanceof Error && 'syscall' in error && error.syscall === 'write' && 'code' in error)) return null;
  if ('path' in error) return null;
  const reason = REASONS[String(error.code)];
  return reason === undefined
    ? null
    : `${reason} (${String(error.code)}): not all of the output is written; make room, or write elsewhere`;
}

/** Says on stderr what went wrong, without a stack trace (unless LASTACK_DEBUG=1), and sets the exit status. */
export function fail(error: unknown, host: Host): void {
  if (error instanceof Interrupted) {
    host.exitCode = 130;
    return;
  }
  host.exitCode = 2;
  const { name, message: said, stack } = error instanceof Error ? error : new Error(String(error));
  const message = ofFile(error) ?? ofStdout(error) ?? said;
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
