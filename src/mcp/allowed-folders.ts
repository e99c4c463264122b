import { readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { kindByName } from '../capture/inputs.js';
import { Refused } from './refused.js';

/** Captures named to who asked for one that is not there. */
const MOST_NAMES = 20;

/** A file that may be read, by the path that no link leads away from. */
export interface AllowedFile {
  readonly path: string;
  /** With `modified` what tells whether it is still the same. */
  readonly size: number;
  readonly modified: number;
}

/**
 * The folders whose files may be read. Links are followed first: what counts is where a file lies in the end. Of what
 * lies outside nothing is told, not even whether it is there.
 */
export class AllowedFolders {
  /** Without links, as they were named. */
  readonly folders: readonly string[];

  /** @throws Refused where one of them is no folder */
  constructor(folders: readonly string[]) {
    this.folders = folders.map(realFolder);
  }

  /**
   * The captures behind names: a file itself, of a folder its files that may be captures, in order of their names. A
   * name that is not absolute counts from the first allowed folder in which there is such a file.
   *
   * @throws Refused where one lies outside, is not there, or is neither file nor folder
   */
  files(names: readonly string[]): AllowedFile[] {
    return names.flatMap((name) => this.#files(name));
  }

  #files(name: string): AllowedFile[] {
    const path = this.#real(name);
    const stats = statSync(path);
    if (stats.isFile()) return [{ path, size: stats.size, modified: stats.mtimeMs }];
    if (!stats.isDirectory()) throw new Refused(`${name} is neither a file nor a folder`);
    const inside = readdirSync(path)
      .toSorted()
      .filter((entry) => kindByName(entry) !== 'other')
      .flatMap((entry) => this.#fileInside(join(path, entry)));
    if (inside.length === 0) throw new Refused(`there is no capture in ${name}`);
    return inside;
  }

  /** Nothing where it leads outside, is no file, or cannot be looked at: nobody has named it. */
  #fileInside(path: string): AllowedFile[] {
    try {
      const real = realpathSync(path);
      const stats = statSync(real);
      return stats.isFile() && this.#holds(real) ? [{ path: real, size: stats.size, modified: stats.mtimeMs }] : [];
    } catch {
      return [];
    }
  }

  #real(name: string): string {
    if (name === '-' || name.includes('\0')) throw new Refused('a capture is named by its path');
    const candidates = isAbsolute(name) ? [name] : this.folders.map((folder) => resolve(folder, name));
    let missing: string | null = null;
    for (const candidate of candidates) {
      const { path, isThere } = deepest(candidate);
      if (!this.#holds(path)) continue;
      if (isThere) return path;
      missing ??= path;
    }
    if (missing === null) throw new Refused(`${name} lies outside of what may be read: ${this.folders.join(', ')}`);
    throw new Refused(`there is no ${name}${this.#instead(missing)}`);
  }

  /** What is there in its place. */
  #instead(folder: string): string {
    try {
      const names = readdirSync(folder).toSorted().filter((name) => kindByName(name) === 'capture');
      if (names.length === 0) return '';
      const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
      return `; captures there: ${names.slice(0, MOST_NAMES).join(', ')}${more}`;
    } catch {
      return '';
    }
  }

  #holds(path: string): boolean {
    return this.folders.some((folder) => {
      const way = relative(folder, path);
      return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
    });
  }
}

/** The path without links, of as much of it as is there. */
function deepest(path: string): { readonly path: string; readonly isThere: boolean } {
  for (let part = resolve(path), isThere = true; ; part = dirname(part), isThere = false) {
    try {
      return { path: realpathSync(part), isThere };
    } catch {
      if (part === dirname(part)) return { path: part, isThere: false };
    }
  }
}

function realFolder(name: string): string {
  let real: string;
  try {
    real = realpathSync(name);
  } catch {
    throw new Refused(`${name}: no such folder`);
  }
  if (!statSync(real).isDirectory()) throw new Refused(`${name} is no folder`);
  return real;
}
