/** A match copies at least so many bytes. */
const SHORTEST_MATCH = 4;

/** A nibble or byte of this value says that more of the length follows. */
const NIBBLE_FULL = 15;
const BYTE_FULL = 255;

/**
 * Decodes one LZ4 block (lz4_Block_format.md) to `output`, from `at` on; matches may reach back to `floor`.
 * Answers where the output ends; -1 if the block is corrupt.
 *
 * A block is sequences: a token (literal length in the upper nibble, match length in the lower), more literal length,
 * literals, how far back the match lies (16 bits), more match length. The last one ends behind its literals.
 */
export function decodeBlock(input: Uint8Array, output: Uint8Array, floor: number, at: number): number {
  const { length } = input;
  let next = 0;
  while (next < length) {
    const token = input[next++]!;

    let literals = token >> 4;
    if (literals === NIBBLE_FULL) {
      let more = BYTE_FULL;
      while (more === BYTE_FULL && next < length) {
        more = input[next++]!;
        literals += more;
      }
    }
    if (next + literals > length || at + literals > output.length) return -1;
    for (let i = 0; i < literals; i += 1) output[at++] = input[next++]!;
    if (next === length) return at;

    if (next + 2 > length) return -1;
    const distance = input[next]! | (input[next + 1]! << 8);
    next += 2;
    let match = token & NIBBLE_FULL;
    if (match === NIBBLE_FULL) {
      let more = BYTE_FULL;
      while (more === BYTE_FULL && next < length) {
        more = input[next++]!;
        match += more;
      }
    }
    match += SHORTEST_MATCH;
    if (distance === 0 || at - distance < floor || at + match > output.length) return -1;
    // Byte by byte: a match may overlap what it writes.
    for (let from = at - distance, end = at + match; at < end; ) output[at++] = output[from++]!;
  }
  return -1;
}
