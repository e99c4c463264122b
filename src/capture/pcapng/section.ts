import type { OpenFile } from '../framer.js';
import type { Interface } from './interface.js';

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
}
