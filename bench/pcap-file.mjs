import { closeSync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs';

const BUFFER = 4 << 20;
/**
 * A record header, Ethernet, IPv6, TCP with all its options and a payload of one Ethernet frame fit in it several
 * times.
 */
const LONGEST_RECORD = 4096;

/**
 * Writes a classic capture (Ethernet, microseconds, little endian) front to back, so its size is bounded by the disk
 * only.
 */
export class PcapFile {
  bytes = 0;
  packets = 0;
  #file;
  #buffer = Buffer.alloc(BUFFER);
  #end = 0;

  /** @param {string} path */
  constructor(path) {
    this.#file = openSync(path, 'w');
    const header = [0xa1b2c3d4, 0x0004_0002, 0, 0, 65_535, 1];
    for (const [index, word] of header.entries()) this.#buffer.writeUInt32LE(word, index * 4);
    this.#end = 24;
  }

  /**
   * One packet at `time`, microseconds since 1970. `write(buffer, at)` puts its bytes at `at` and answers how many they
   * were.
   *
   * @param {number} time
   * @param {(buffer: Buffer, at: number) => number} write
   */
  add(time, write) {
    if (this.#end + LONGEST_RECORD > BUFFER) this.#flush();
    const buffer = this.#buffer;
    const at = this.#end;
    const length = write(buffer, at + 16);
    buffer.writeUInt32LE(Math.floor(time / 1e6), at);
    buffer.writeUInt32LE(time % 1e6, at + 4);
    buffer.writeUInt32LE(length, at + 8);
    buffer.writeUInt32LE(length, at + 12);
    this.#end = at + 16 + length;
    this.packets += 1;
  }

  close() {
    this.#flush();
    // On the disk before anybody reads it: else the first readers share the machine with the writing.
    if (fstatSync(this.#file).isFile()) fsyncSync(this.#file);
    closeSync(this.#file);
  }

  #flush() {
    for (let written = 0; written < this.#end;)
      written += writeSync(this.#file, this.#buffer, written, this.#end - written);
    this.bytes += this.#end;
    this.#end = 0;
  }
}
