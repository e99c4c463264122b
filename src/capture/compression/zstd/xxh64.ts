/**
 * XXH64 with seed 0, of whose result zstd keeps the lower half (RFC 8878 §3.1.1). In halves of 32 bits: integers of 64
 * bits are objects here.
 */
export class Xxh64 {
  /** Four accumulators, each its lower and its upper half. */
  readonly #lanes = Int32Array.of(...add(PRIME_1, PRIME_2), ...PRIME_2, 0, 0, ...subtract([0, 0], PRIME_1));
  readonly #rest = new Uint8Array(32);
  #held = 0;
  #length = 0;

  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#held > 0) {
      at = Math.min(32 - this.#held, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#held);
      this.#held += at;
      if (this.#held < 32) return;
      this.#rounds(this.#rest, 0, 32);
      this.#held = 0;
    }
    const whole = at + ((bytes.length - at) & ~31);
    this.#rounds(bytes, at, whole);
    this.#rest.set(bytes.subarray(whole));
    this.#held = bytes.length - whole;
  }

  /** The lower 32 bits of the hash. */
  low(): number {
    const lanes = this.#lanes;
    const lane = (index: number): Wide => [lanes[index * 2]!, lanes[index * 2 + 1]!];
    let hash: Wide;
    if (this.#length >= 32) {
      hash = add(add(rotate(lane(0), 1), rotate(lane(1), 7)), add(rotate(lane(2), 12), rotate(lane(3), 18)));
      for (let index = 0; index < 4; index++)
        hash = add(multiply(xor(hash, round([0, 0], lane(index))), PRIME_1), PRIME_4);
    } else {
      hash = PRIME_5;
    }
    hash = add(hash, [this.#length | 0, Math.floor(this.#length / 2 ** 32) | 0]);
    const view = new DataView(this.#rest.buffer);
    let at = 0;
    for (; at + 8 <= this.#held; at += 8) {
      hash = add(
        multiply(rotate(xor(hash, round([0, 0], [view.getInt32(at, true), view.getInt32(at + 4, true)])), 27), PRIME_1),
        PRIME_4,
      );
    }
    if (at + 4 <= this.#held) {
      hash = add(multiply(rotate(xor(hash, multiply([view.getInt32(at, true), 0], PRIME_1)), 23), PRIME_2), PRIME_3);
      at += 4;
    }
    for (; at < this.#held; at++)
      hash = multiply(rotate(xor(hash, multiply([this.#rest[at]!, 0], PRIME_5)), 11), PRIME_1);
    hash = multiply(xor(hash, shift(hash, 33)), PRIME_2);
    hash = multiply(xor(hash, shift(hash, 29)), PRIME_3);
    return (hash[0] ^ shift(hash, 32)[0]) >>> 0;
  }

  /** Each accumulator: `rotate(lane + word * PRIME_2, 31) * PRIME_1`, for every eight bytes of its own. */
  #rounds(bytes: Uint8Array, from: number, to: number): void {
    const lanes = this.#lanes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let lane = 0; lane < 4; lane++) {
      let low = lanes[lane * 2]!;
      let high = lanes[lane * 2 + 1]!;
      for (let at = from + lane * 8; at < to; at += 32) {
        const word = view.getInt32(at, true);
        const productLow = Math.imul(word, PRIME_2[0]);
        const productHigh =
          (highHalf(word, PRIME_2[0]) + Math.imul(word, PRIME_2[1]) +
            Math.imul(view.getInt32(at + 4, true), PRIME_2[0])) |
          0;
        const sumLow = (low + productLow) | 0;
        const sumHigh = (high + productHigh + (sumLow >>> 0 < low >>> 0 ? 1 : 0)) | 0;
        const turnedLow = (sumLow << 31) | (sumHigh >>> 1);
        const turnedHigh = (sumHigh << 31) | (sumLow >>> 1);
        low = Math.imul(turnedLow, PRIME_1[0]);
        high =
          (highHalf(turnedLow, PRIME_1[0]) + Math.imul(turnedLow, PRIME_1[1]) + Math.imul(turnedHigh, PRIME_1[0])) | 0;
      }
      lanes[lane * 2] = low;
      lanes[lane * 2 + 1] = high;
    }
  }
}

/** 64 bits: the lower half, the upper half. */
type Wide = readonly [low: number, high: number];

const PRIME_1: Wide = [0x85eb_ca87 | 0, 0x9e37_79b1 | 0];
const PRIME_2: Wide = [0x27d4_eb4f | 0, 0xc2b2_ae3d | 0];
const PRIME_3: Wide = [0x9e37_79f9 | 0, 0x1656_67b1 | 0];
const PRIME_4: Wide = [0xc2b2_ae63 | 0, 0x85eb_ca77 | 0];
const PRIME_5: Wide = [0x1656_67c5 | 0, 0x27d4_eb2f | 0];

/** The upper half of the product of two unsigned numbers of 32 bits. */
function highHalf(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // None of these is more than 32 bits.
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const cross = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (cross >>> 16)) | 0;
}

function add([aLow, aHigh]: Wide, [bLow, bHigh]: Wide): Wide {
  const low = (aLow + bLow) | 0;
  return [low, (aHigh + bHigh + (low >>> 0 < aLow >>> 0 ? 1 : 0)) | 0];
}

function subtract([aLow, aHigh]: Wide, [bLow, bHigh]: Wide): Wide {
  return [(aLow - bLow) | 0, (aHigh - bHigh - (aLow >>> 0 < bLow >>> 0 ? 1 : 0)) | 0];
}

function multiply([aLow, aHigh]: Wide, [bLow, bHigh]: Wide): Wide {
  return [Math.imul(aLow, bLow), (highHalf(aLow, bLow) + Math.imul(aLow, bHigh) + Math.imul(aHigh, bLow)) | 0];
}

function xor([aLow, aHigh]: Wide, [bLow, bHigh]: Wide): Wide {
  return [aLow ^ bLow, aHigh ^ bHigh];
}

/** By 1 to 31 bits. */
function rotate([low, high]: Wide, bits: number): Wide {
  return [(low << bits) | (high >>> (32 - bits)), (high << bits) | (low >>> (32 - bits))];
}

/** Down, by 1 to 63 bits. */
function shift([low, high]: Wide, bits: number): Wide {
  if (bits >= 32) return [high >>> (bits - 32), 0];
  return [(low >>> bits) | (high << (32 - bits)), high >>> bits];
}

function round(lane: Wide, word: Wide): Wide {
  return multiply(rotate(add(lane, multiply(word, PRIME_2)), 31), PRIME_1);
}
