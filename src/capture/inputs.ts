import { openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { CaptureFile } from './model.js';
import { CaptureError } from './capture-error.js';

export const STDIN = '-';

/** One thing to be read: what the user named, or a file of a folder that the user named. */
export interface Input {
  readonly path: string;
  /** Bytes on disk; null for a pipe. */
  readonly size: number | null;
  /** Whether it is only read if it turns out to be a capture: a file that nobody named. */
  readonly found: boolean;
  /** Whether it stays in its place among the others, and is read when those before it have ended: a pipe, or the copy of one. */
  readonly alone: boolean;
}

/** Replaces folders by their files, by name. What cannot be looked at stays, and fails when it is opened. */
export function listInputs(paths: readonly string[]): Input[] {
  return paths.flatMap((path) => (path === STDIN ? [{ path, size: null, found: false, alone: true }] : listPath(path)));
}

function listPath(path: string): Input[] {
  try {
    const stats = statSync(path);
    if (!stats.isDirectory()) return [{ path, size: stats.isFile() ? stats.size : null, found: false, alone: !stats.isFile() }];
    const files = readdirSync(path).sort().map((name) => join(path, name));
    return files.filter(isFile).map((file) => ({ path: file, size: sizeOf(file), found: true, alone: false }));
  } catch {
    return [{ path, size: null, found: false, alone: false }];
  }
}

/** A file that was read before, or the copy that was kept of a pipe. */
export function writtenBefore({ path, spool }: CaptureFile): Input {
  const again = spool ?? path;
  return { path: again, size: sizeOf(again), found: false, alone: spool !== null };
}

/** Pipes and devices are no files: a folder may hold some, and opening one could wait for ever. */
function isFile(path: string): boolean {
  return sizeOf(path) !== null;
}

function sizeOf(path: string): number | null {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : null;
  } catch {
    return null;
  }
}

/** Opens a file for reading; a `CaptureError` says why not. */
export function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new CaptureError(`${path}: ${reason(error)}`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'no such file',
  EMFILE: 'too many open files',
};

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? `cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
}
