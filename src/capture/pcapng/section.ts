import type { OpenFile } from '../framer.js';
import type { Interface } from './interface.js';

/** Interfaces that all files together may have: an endless section may describe more and more of them. */
const MOST_INTERFACES = 0x10000;

/** What one section has said so far. */
export class Section {
  readonly file: OpenFile;
  readonly littleEndian: boolean;
  /** Numbered from 0 in order of their description blocks; undefined for one that was refused. */
  readonly interfaces: (Interface | undefined)[] = [];

  constructor(file: OpenFile, littleEndian: boolean) {
    this.file = file;
    this.littleEndian = littleEndian;
  }

  /**
   * Passes over the number of an interface that cannot be read; behind the last one that packets can name there is
   * nothing to pass.
   */
  refuse(): void {
    if (this.interfaces.length < MOST_INTERFACES) this.interfaces.push(undefined);
  }
}
