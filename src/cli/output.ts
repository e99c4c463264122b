import { setImmediate } from 'node:timers/promises';
import type { Analysis } from '../analysis/model.js';
import { chunks } from '../report/chunks.js';
import type { Look } from '../report/paint.js';
import { Interrupted } from './failure.js';
import { type Host, type Terminal, wantsColor } from './host.js';
import { NewFile, type ReadFile } from './new-file.js';

/** Narrowest and widest line of a report for people. */
const NARROWEST = 80;
const WIDEST = 120;

export interface OutputOptions {
  /** A file in place of stdout. */
  readonly output?: string;
  readonly color: boolean;
}

/** What a whole report is written to: one output, or one for each of its tables. */
export interface ReportFile extends Pick<Output, 'replaces' | 'keep' | 'drop'> {
  write(analysis: Analysis, signal: AbortSignal): Promise<void>;
}

/** Where a report goes. */
export interface Output {
  readonly look: Look;
  /** Whether it takes the place of a file that is there already. */
  readonly replaces: boolean;
  /** Writes a report, no faster than it is taken. A reader that has seen enough (`| head`) ends it quietly. */
  write(pieces: Iterable<string | Buffer>, signal?: AbortSignal): Promise<void>;
  /** Writes a format that is not text. */
  writeBytes(pieces: Iterable<Uint8Array>, signal?: AbortSignal): Promise<void>;
  /** All has been written. `inputs`: what was read in the end, of folders too; none of it is replaced. */
  keep(inputs: readonly ReadFile[]): void;
  /** What has been written is not to be kept; nothing happens behind `keep`. */
  drop(): void;
}

/**
 * Opens the output before the work begins, so that a mistyped folder is not told after an hour. `inputs`, all that the
 * command reads, may not be written over. A file is put in its place by `keep`, when the whole report has been written.
 */
export function openOutput({ output, color }: OutputOptions, inputs: readonly ReadFile[], host: Host): Output {
  // Opened by its name, a socket that is stdout would fail, and a file would be cut.
  if (output === undefined || output === '-' || output === '/dev/stdout') {
    const width = host.stdout.isTTY === true ? (host.stdout.columns ?? NARROWEST) : 100;
    return {
      look: { color: wantsColor(host.stdout, host.env, color), width: Math.min(Math.max(width, NARROWEST), WIDEST) },
      replaces: false,
      write: (pieces, signal) => writeStream(chunks(pieces), host.stdout, signal),
      writeBytes: (pieces, signal) => writeStream(pieces, host.stdout, signal),
      keep: () => {},
      drop: () => {},
    };
  }
  const file = new NewFile(output, inputs, { replace: true });
  const write = async (pieces: Iterable<Uint8Array | string>, signal?: AbortSignal): Promise<void> => {
    for (const piece of pieces) {
      // A write keeps this thread to itself: Ctrl-C is heard between two.
      await setImmediate();
      if (signal?.aborted === true) throw new Interrupted();
      if (!writeTo(file, piece)) return;
    }
  };
  return {
    look: { color: false, width: 100 },
    replaces: file.replaces,
    write: (pieces, signal) => write(chunks(pieces), signal),
    writeBytes: write,
    keep: (read) => file.keep(read),
    drop: () => file.drop(),
  };
}

/**
 * Puts what `work` writes in its place when all of it has been written; where `work` fails, what was there before
 * stays. It answers with the captures that it read.
 */
export async function keeping(out: Output, work: () => Promise<readonly string[]>): Promise<void> {
  try {
    out.keep(await work());
  } finally {
    out.drop();
  }
}

/** Each chunk waits for the one before, so that memory stays at one and an error belongs to the write that met it. */
async function writeStream(
  pieces: Iterable<string | Uint8Array>, stream: Terminal, signal: AbortSignal | undefined,
): Promise<void> {
  for (const chunk of pieces) {
    if (signal?.aborted === true) throw new Interrupted();
    if (!(await write(chunk, stream))) return;
  }
}

/** Whether there is still somebody who reads, where the file is a pipe. */
function writeTo(file: NewFile, piece: Uint8Array | string): boolean {
  try {
    file.write(typeof piece === 'string' ? Buffer.from(piece) : piece);
    return true;
  } catch (error) {
    if (isBrokenPipe(error)) return false;
    throw error;
  }
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
