import { Random } from '../bench/random.mjs';

/** Values that break what trusts them: nothing, one, the largest of each size and their neighbours, the sign bits. */
const EDGES = [0, 1, 2, 3, 4, 7, 8, 15, 16, 19, 20, 31, 0x7f, 0x80, 0xff, 0x100, 0x5dc, 0x600, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

/** Writes numbers as they should be, and now and then as they should not: every length, type and offset of an input goes through it. */
export class Bender {
  random;
  /** How many of the numbers are bent. */
  #share;

  /** @param {number} seed of all that is random @param {number} share 0 to 1 */
  constructor(seed, share) {
    this.random = new Random(seed);
    // Neighbouring seeds begin alike.
    for (let i = 0; i < 8; i += 1) this.random.next();
    this.#share = share;
  }

  /** `value`, or another number in its place. */
  bend(value) {
    if (!this.random.chance(this.#share)) return value;
    switch (this.random.between(0, 3)) {
      case 0: return value + this.random.between(-4, 4);
      case 1: return value ^ (1 << this.random.between(0, 31));
      case 2: return this.random.next();
      default: return this.pick(EDGES);
    }
  }

  pick(list) {
    return list[this.random.between(0, list.length - 1)];
  }

  u8(value) {
    return Uint8Array.of(this.bend(value));
  }

  u16(value, littleEndian = false) {
    return number(2, (view) => view.setUint16(0, this.bend(value), littleEndian));
  }

  u32(value, littleEndian = false) {
    return number(4, (view) => view.setUint32(0, this.bend(value), littleEndian));
  }

  /** Any bytes, `length` of them. */
  noise(length) {
    return Uint8Array.from({ length }, () => this.random.next());
  }
}

function number(size, write) {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return bytes;
}

/** Pieces in a row: arrays of bytes, or hexadecimal digits. */
export function join(...pieces) {
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece, 'hex') : piece)));
}
