import { createWriteStream, openSync, statSync } from 'node:fs';
import { chunks } from '../report/chunks.js';
import type { Look } from '../report/paint.js';
import { CommandError, Interrupted } from './failure.js';
import { type Host, type Terminal, wantsColor } from './host.js';

/** Narrowest and widest line of a report for people. */
const NARROWEST = 80;
const WIDEST = 120;

export interface OutputOptions {
  /** A file in place of stdout. */
  readonly output?: string;
  readonly color: boolean;
}

/** Where a report goes. */
export interface Output {
  readonly look: Look;
  /** Writes a report, no faster than it is taken. A reader that has seen enough (`| head`) ends it quietly. */
  write(pieces: Iterable<string | Buffer>, signal?: AbortSignal): Promise<void>;
  /** The same for a format that is not text. */
  writeBytes(pieces: Iterable<Uint8Array>, signal?: AbortSignal): Promise<void>;
}

/** Opens the output before the work begins, so that a mistyped folder is not told after an hour. `captures` may not be written over. */
export function openOutput({ output, color }: OutputOptions, captures: readonly string[], host: Host): Output {
  if (output === undefined || output === '-') {
    const width = host.stdout.isTTY === true ? (host.stdout.columns ?? NARROWEST) : 100;
    return {
      look: { color: wantsColor(host.stdout, host.env, color), width: Math.min(Math.max(width, NARROWEST), WIDEST) },
      write: (pieces, signal) => writeStream(chunks(pieces), host.stdout, signal, false),
      writeBytes: (pieces, signal) => writeStream(pieces, host.stdout, signal, false),
    };
  }
  if (captures.some((capture) => isSameFile(capture, output))) throw new CommandError(`${output} is the capture itself; write to another file`);
  const file = createWriteStream(output, { fd: openSync(output, 'w') });
  file.on('error', () => {}); // Each write hands its error to its own callback; an event nobody hears would end the process.
  const writeFile = async (pieces: Iterable<string | Uint8Array>, signal?: AbortSignal): Promise<void> => {
    await writeStream(pieces, file, signal, true);
    await new Promise<void>((resolve) => file.end(resolve));
  };
  return { look: { color: false, width: 100 }, write: (pieces, signal) => writeFile(chunks(pieces), signal), writeBytes: writeFile };
}

/**
 * Each chunk waits for the one before, so that memory stays at one or two and an error belongs to the write that met it. With `ahead` it is
 * made in the meantime: of a file nobody says after half of it that this is enough.
 */
async function writeStream(pieces: Iterable<string | Uint8Array>, stream: Terminal, signal: AbortSignal | undefined, ahead: boolean): Promise<void> {
  let writing = Promise.resolve(true);
  for (const chunk of pieces) {
    if (!(await writing)) return;
    if (signal?.aborted === true) throw new Interrupted();
    writing = write(chunk, stream);
    writing.catch(() => {}); // It is told where it is awaited, unless something else went wrong before.
    if (!ahead && !(await writing)) return;
  }
  await writing;
}

/** Whether there is still somebody who reads. */
async function write(chunk: string | Uint8Array, stream: Terminal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => (error && !isBrokenPipe(error) ? reject(error) : resolve(!error)));
  });
}

/** The other end of the pipe is closed: EPIPE, or a stream that has already told it once. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}

/** Whether two paths lead to one file. */
export function isSameFile(a: string, b: string): boolean {
  const first = statSync(a, { throwIfNoEntry: false });
  const second = statSync(b, { throwIfNoEntry: false });
  return first !== undefined && second !== undefined && first.isFile() && first.dev === second.dev && first.ino === second.ino;
}
