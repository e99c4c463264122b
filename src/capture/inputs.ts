import { readdirSync, statSync, type BigIntStats, type Stats } from 'node:fs';
import { basename, join } from 'node:path';

import type { CaptureFile } from './model.js';
import { CaptureError } from './capture-error.js';
import { opened, PooledFile } from './source/pooled-file.js';

export const STDIN = '-';

/** One thing to be read: what the user named, or a file of a folder that the user named. */
export interface Input {
  readonly path: string;
  /** Bytes on disk; null for a pipe. */
  readonly size: number | null;
  /** Whether it is only read if it turns out to be a capture: a file that nobody named. */
  readonly found: boolean;
  /** Why it need not be opened: something in a folder that cannot even be looked at. */
  readonly unreadable?: string;
  /** How it was when it was read before. */
  readonly before?: BigIntStats;
  /**
   * Whether it stays in its place among the others, and is read when those before it have ended: a pipe, or the copy of
   * one.
   */
  readonly alone: boolean;
}

/** Replaces folders by their files, by name. What cannot be looked at stays, and fails when it is opened. */
export function listInputs(paths: readonly string[]): Input[] {
  return paths.flatMap((path) => (path === STDIN ? [{ path, size: null, found: false, alone: true }] : listPath(path)));
}

function listPath(path: string): Input[] {
  try {
    const stats = statSync(path);
    if (!stats.isDirectory())
      return [{ path, size: stats.isFile() ? stats.size : null, found: false, alone: !stats.isFile() }];
    return readdirSync(path).sort().flatMap((name) => foundIn(join(path, name)));
  } catch {
    return [{ path, size: null, found: false, alone: false }];
  }
}

/** How files were when they were opened first. */
const states = new WeakMap<CaptureFile, BigIntStats>();

export function rememberState(file: CaptureFile, state: BigIntStats): void {
  states.set(file, state);
}

/** A copy of a file as it is now, for somebody who tells of it while it is read on. */
export function copyOf(file: CaptureFile): CaptureFile {
  const copy = { ...file };
  const state = states.get(file);
  if (state !== undefined) states.set(copy, state);
  return copy;
}

/** A file that was read before, or the copy that was kept of a pipe. */
export function writtenBefore(file: CaptureFile): Input {
  const { path, spool } = file;
  const again = spool ?? path;
  const before = spool === null ? states.get(file) : undefined;
  return {
    path: again, size: sizeOf(again), found: false, alone: spool !== null, ...(before !== undefined && { before }),
  };
}

/** Folders below are not looked into. Pipes and devices are no files: opening one could wait for ever. */
function foundIn(path: string): Input[] {
  const found = { path, size: null, found: true, alone: false };
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    return [{ ...found, unreadable: reason(error) }];
  }
  if (stats.isFile()) return [{ ...found, size: stats.size }];
  return stats.isDirectory()
    ? []
    : [{ ...found, unreadable: 'a pipe or a device, which is read where it is named itself' }];
}

/** What a name says of a file: `capture`, or that it is none; `null` where it says neither. */
export function kindByName(path: string): 'capture' | 'other' | null {
  // What rotating and compressing put behind it: trace.pcap0, trace.pcap.1.gz, trace_00001_20261120.pcapng.
  const name = basename(path).toLowerCase().replace(/(\.(gz|zst|lz4|bz2|xz|z|old|bak|\d+))+$/, '');
  const extension = /[^.]\.([a-z0-9]+)$/.exec(name)?.[1];
  if (extension === undefined) return name.startsWith('.') ? 'other' : null;
  if (/^(pcap|pcapng|cap|ntar|snoop|dmp|trc|pkt|enc|erf)\d*$/.test(extension)) return 'capture';
  return OTHERS.has(extension) ? 'other' : null;
}

/** Endings of files that lie beside captures and are none. */
const OTHERS: ReadonlySet<string> = new Set(
  'c cfg conf cpp css csv db doc docx go gif h html ini java jpeg jpg js json key lock log lua md mjs ndjson odt parquet pdf pem php pid pl png ps1 py rb rs sh sock sql sqlite svg tar tgz toml ts tsv txt xls xlsx xml yaml yml zip'.split(
    ' ',
  ),
);

function sizeOf(path: string): number | null {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : null;
  } catch {
    return null;
  }
}

/** Opens a pipe or a device for reading; a `CaptureError` says why not. */
export function openFile(path: string): number {
  return inWords(path, () => opened(path));
}

/** Opens a file that is read among others; a `CaptureError` says why not. */
export function openPooled(path: string): PooledFile {
  return inWords(path, () => new PooledFile(path));
}

function inWords<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw new CaptureError(`${path}: ${reason(error)}`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'no such file',
  EMFILE: 'too many open files; ulimit -n allows more',
  ENFILE: 'too many open files on this system',
  ELOOP: 'a link that leads to itself',
};

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? `cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
}
