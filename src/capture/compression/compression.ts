import { isSkippable } from './skippable.js';
import type { CaptureFile } from '../model.js';
import type { Decompressor } from './decompressor.js';

export interface Compression {
  readonly name: NonNullable<CaptureFile['compression']>;
  /** The first four bytes, as a little-endian number. */
  recognizes(magic: number): boolean;
  /** Loaded when the first such file is opened. */
  load(): Promise<Decompressor>;
}

/** To add a compression: write its file, then add it here. */
export const compressions: readonly Compression[] = [
  {
    name: 'gzip',
    recognizes: (magic) => (magic & 0xff_ffff) === 0x08_8b1f,
    load: async () => (await import('./gzip.js')).gunzip,
  },
  {
    name: 'zstd',
    // A skippable frame (pzstd writes one first) is zstd's and LZ4's alike, but no lz4 tool begins with one.
    recognizes: (magic) => magic === 0xfd2f_b528 || isSkippable(magic),
    load: async () => (await import('./zstd.js')).unzstd,
  },
  {
    name: 'lz4',
    recognizes: (magic) => magic === 0x184d_2204,
    load: async () => (await import('./lz4.js')).unlz4,
  },
];

export function compressionOf(first: Uint8Array): Compression | undefined {
  if (first.length < 4) return undefined;
  const magic = new DataView(first.buffer, first.byteOffset).getUint32(0, true);
  return compressions.find((compression) => compression.recognizes(magic));
}
