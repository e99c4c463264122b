import { type Cipher, createCipheriv, randomBytes, scryptSync } from 'node:crypto';

/** Bytes of an AES block and of an AES-128 key. */
const BLOCK = 16;

/** Addresses whose replacement is kept: an IPv6 address takes some microseconds of ciphering. */
const REMEMBERED = 1 << 16;

/**
 * Makes the same keys of the same words anywhere; slow on purpose, so that short words cannot be tried one after
 * another.
 */
const SALT = 'lastack anonymized addresses';

/**
 * Replaces addresses, the same one always by the same.
 *
 * IP addresses as in Crypto-PAn (Xu, Fan, Ammar, Moon: Prefix-Preserving IP Address Anonymization, 2002): bit i is
 * flipped or not as a cipher of the i bits before it says, so that two addresses share as many leading bits afterwards
 * as they did before. IPv4 and IPv6 alike, and neither gives the other away. Nobody can go back without the key.
 */
export class AddressCipher {
  readonly #cipher: Cipher;
  readonly #pads: Readonly<Record<'ip4' | 'ip6' | 'mac', Uint8Array>>;
  readonly #known = new Map<string, Uint8Array>();

  /** `key`: 32 bytes. Without one it is random, and gone with this object. */
  constructor(key: Uint8Array = randomBytes(2 * BLOCK)) {
    this.#cipher = createCipheriv('aes-128-ecb', key.subarray(0, BLOCK), null).setAutoPadding(false);
    const pad = this.#encrypted(key.subarray(BLOCK));
    const padOf = (kind: number): Uint8Array => pad.with(BLOCK - 1, pad[BLOCK - 1]! ^ kind);
    this.#pads = { ip4: padOf(0), ip6: padOf(2), mac: padOf(4) };
  }

  /** A key made of words, so that several captures are changed alike. */
  static keyOf(words: string): Uint8Array {
    return scryptSync(words, SALT, 2 * BLOCK);
  }

  /** The replacement of an IPv4 (4 bytes) or IPv6 (16 bytes) address. */
  ip(address: Uint8Array): Uint8Array {
    const kind = address.length === 4 ? 'ip4' : 'ip6';
    return this.#remembered(kind, address, () => this.#prefixPreserving(address, this.#pads[kind]));
  }

  /**
   * The replacement of a link-layer address: locally administered (IEEE 802 §8.4), and for a group if the original was.
   */
  mac(address: Uint8Array): Uint8Array {
    return this.#remembered('mac', address, () => {
      const block = Uint8Array.from(this.#pads.mac);
      block.set(address);
      const mac = this.#encrypted(block).slice(0, address.length);
      mac[0] = (mac[0]! & 0xfc) | 0x02 | (address[0]! & 0x01);
      return mac;
    });
  }

  #prefixPreserving(address: Uint8Array, pad: Uint8Array): Uint8Array {
    const bits = address.length * 8;
    const blocks = new Uint8Array(bits * BLOCK);
    for (let bit = 0; bit < bits; bit++) {
      const block = blocks.subarray(bit * BLOCK, (bit + 1) * BLOCK);
      block.set(pad);
      copyBits(address, block, bit);
    }
    const ciphered = this.#encrypted(blocks);
    const replaced = Uint8Array.from(address);
    for (let bit = 0; bit < bits; bit++) replaced[bit >> 3]! ^= (ciphered[bit * BLOCK]! >> 7) << (7 - (bit & 7));
    return replaced;
  }

  #encrypted(blocks: Uint8Array): Uint8Array {
    return this.#cipher.update(blocks);
  }

  #remembered(kind: string, address: Uint8Array, replace: () => Uint8Array): Uint8Array {
    const key = kind + Buffer.from(address.buffer, address.byteOffset, address.length).toString('latin1');
    let replaced = this.#known.get(key);
    if (replaced === undefined) {
      replaced = replace();
      if (this.#known.size >= REMEMBERED) this.#known.clear();
      this.#known.set(key, replaced);
    }
    return replaced;
  }
}

/** Puts the first `bits` bits of `from` over those of `to`. */
function copyBits(from: Uint8Array, to: Uint8Array, bits: number): void {
  const whole = bits >> 3;
  to.set(from.subarray(0, whole));
  const mask = 0xff00 >> (bits & 7);
  if ((bits & 7) !== 0) to[whole] = (from[whole]! & mask) | (to[whole]! & ~mask);
}
