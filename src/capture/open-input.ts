import { CaptureError, NoCapture } from './capture-error.js';
import type { CaptureFile, CaptureOptions } from './model.js';
import { compressionOf } from './compression/compression.js';
import { CHUNK, chunksOf } from './compression/file-chunks.js';
import { KeptChunks } from './compression/kept-chunks.js';
import { Unpacking } from './compression/unpacking.js';
import { formats } from './formats.js';
import { FILE_HEADER_LENGTH, readFileHeader } from './pcap/file-header.js';
import { pcap } from './pcap/pcap.js';
import type { Format } from './framer.js';
import { type Input, openFile, openPooled, STDIN } from './inputs.js';
import { type ByteSource, reasonOf } from './source/byte-source.js';
import { ChunkSource } from './source/chunk-source.js';
import { DiskSource } from './source/disk-source.js';
import { FileSource } from './source/file-source.js';
import { LimitedSource } from './source/limited-source.js';
import type { PooledFile } from './source/pooled-file.js';
import { type Kept, Spool } from './source/spool.js';
import { SpooledSource } from './source/spooled-source.js';
import { stdinSource } from './source/stdin-source.js';
import { Window } from './window.js';

/** Bytes in which a compression and a format can be recognized. */
const MAGIC_LENGTH = 4;

/** First bytes of the files that pcap-parser reads. */
const PCAP_PARSER_MAGICS = new Set(['a1 b2 c3 d4', 'd4 c3 b2 a1']);

/** An input whose format is known, standing at its first byte. */
export interface OpenInput {
  readonly path: string;
  readonly size: number | null;
  readonly window: Window;
  readonly format: Format;
  readonly compression: CaptureFile['compression'];
  readonly spool: Spool | null;
  /** Null for a pipe, or the copy of one. */
  readonly file: PooledFile | null;
  /** Packets at its beginning that a copy of it does not hold any more. */
  readonly missing: number;
}

/** Opens an input, to be read through `memory` (see `Window`); a `CaptureError` says why it cannot be read. */
export async function openInput(
  input: Input, options: CaptureOptions, memory?: Uint8Array<ArrayBuffer>,
): Promise<OpenInput> {
  const { path, size } = input;
  if (input.unreadable !== undefined) throw new CaptureError(`${path}: ${input.unreadable}`);
  const spool = size === null && options.spool === true ? makeSpool(path, options.spoolLimit) : null;
  const { source, missing, file } = sourceOf(input, options);
  const copied = spool === null ? source : new SpooledSource(source, spool);
  try {
    const { window, compression } = await decompressed(copied, input, options.maxBytes, memory);
    const format = await formatOf(window, path);
    if (options.reader === 'pcap-parser') refuseForPcapParser(path, window, format, compression);
    return { path, size, window, format, compression, spool, missing, file };
  } catch (error) {
    copied.close();
    spool?.remove();
    throw error;
  }
}

/** A pipe, a file, or what is kept of a pipe's copy. */
function sourceOf({ path, size, before }: Input, { signal, stdin }: CaptureOptions): Kept & Pick<OpenInput, 'file'> {
  if (path === STDIN) return { source: stdinSource(signal, stdin), missing: 0, file: null };
  const spool = Spool.at(path);
  if (spool === undefined && size === null) return { source: new FileSource(openFile(path)), missing: 0, file: null };
  if (spool === undefined) {
    const file = openPooled(path);
    const changed = before === undefined ? null : file.changed(before);
    if (changed === null) return { source: new DiskSource(file), missing: 0, file };
    file.close();
    throw new CaptureError(`${path}: was changed since it was read: ${changed}`);
  }
  try {
    return { ...spool.reopen(), file: null };
  } catch (error) {
    throw new CaptureError(`${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function makeSpool(path: string, limit?: number): Spool {
  try {
    return new Spool(limit);
  } catch (error) {
    throw new CaptureError(`${path}: no copy can be kept on disk: ${reasonOf(error)}`, { cause: error });
  }
}

async function decompressed(
  source: ByteSource, { path, size }: Input, maxBytes = Infinity, memory?: Uint8Array<ArrayBuffer>,
): Promise<Pick<OpenInput, 'window' | 'compression'>> {
  const piped = size === null;
  const raw = new Window(source, memory);
  await raw.fill(MAGIC_LENGTH);
  const compression = compressionOf(raw.bytes.subarray(0, raw.end));
  if (compression === undefined && (!piped || maxBytes === Infinity)) return { window: raw, compression: null };

  const unpacking = compression === undefined || size === null ? null : Unpacking.of(path, size, compression);
  if (unpacking !== null) source.close();
  // A decompressor reads ahead: what it asked for may come when this input is closed and the memory belongs to the next
  // one.
  else if (memory !== undefined) raw.moveTo(new Uint8Array(memory.length));
  const chunks = unpacking?.chunks() ?? raw.chunks(CHUNK);
  const kept = piped ? new KeptChunks(chunks) : null;
  const repeat = kept ?? { isLive: false, again: () => chunksOf(path) };
  const plain =
    compression === undefined || unpacking !== null
      ? chunks
      : (await loadDecompressor(compression, path))(kept ?? chunks, repeat);
  const below = unpacking ?? source;
  const limited = new LimitedSource(new ChunkSource(plain, below, () => below.close()), maxBytes);
  const copied = compression !== undefined && source instanceof SpooledSource ? source.over(limited) : limited;
  return { window: new Window(copied, memory), compression: compression?.name ?? null };
}

async function loadDecompressor(
  compression: NonNullable<ReturnType<typeof compressionOf>>, path: string,
): ReturnType<typeof compression.load> {
  try {
    return await compression.load();
  } catch (error) {
    throw new CaptureError(`${path}: ${compression.name} cannot be decompressed here`, { cause: error });
  }
}

async function formatOf(window: Window, path: string): Promise<Format> {
  await window.fill(MAGIC_LENGTH);
  const first = window.bytes.subarray(0, window.end);
  const { fault } = window.source;
  if (first.length < MAGIC_LENGTH && fault !== null) throw new CaptureError(`${path}: ${fault}`);
  if (first.length === 0) throw new NoCapture(`${path}: empty file`);
  const format = formats.find((format) => format.recognizes(first));
  if (format === undefined)
    throw new NoCapture(`${path}: not a capture: begins with ${hex(first.subarray(0, MAGIC_LENGTH))}`);
  return format;
}

/** The package knows one layout of the classic format. */
function refuseForPcapParser(
  path: string, window: Window, format: Format, compression: CaptureFile['compression'],
): void {
  const refusal =
    compression !== null ? `${compression}-compressed`
    : format !== pcap ? format.name
    : isForPcapParser(window) ? null
    : 'another layout';
  if (refusal !== null)
    throw new CaptureError(`${path}: pcap-parser reads classic pcap with microseconds only, this is ${refusal}`);
}

function isForPcapParser({ bytes, view, start, available }: Window): boolean {
  if (!PCAP_PARSER_MAGICS.has(hex(bytes.subarray(start, start + MAGIC_LENGTH)))) return false;
  return available < FILE_HEADER_LENGTH || readFileHeader(view, start).lengths === 'captured first';
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
