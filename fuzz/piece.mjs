/** Bytes, and the places in them where a number stands that others go by: a length, a type, an offset. */
export class Piece {
  /**
   * @param {Uint8Array} bytes @param {number[]} fields for each number its offset and its width in bytes, negative
   * where it is little-endian
   */
  constructor(bytes, fields = []) {
    this.bytes = bytes;
    this.fields = fields;
  }

  get length() {
    return this.bytes.length;
  }
}

/** Digits that were asked for before: the same headers come again and again. */
const known = new Map();

function fromHex(digits) {
  let piece = known.get(digits);
  if (piece === undefined) known.set(digits, (piece = new Piece(Buffer.from(digits, 'hex'))));
  return piece;
}

/** Pieces in a row: pieces, arrays of bytes, or hexadecimal digits. */
export function join(...parts) {
  const pieces = parts.map((part) => (typeof part === 'string' ? fromHex(part) : part));
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  const fields = [];
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece instanceof Piece ? piece.bytes : piece, at);
    if (piece instanceof Piece)
      for (let i = 0; i < piece.fields.length; i += 2) fields.push(at + piece.fields[i], piece.fields[i + 1]);
    at += piece.length;
  }
  return new Piece(bytes, fields);
}

/** A number that others go by. */
export function u8(value) {
  return new Piece(Uint8Array.of(value), [0, 1]);
}

export function u16(value, littleEndian = false) {
  return number(2, littleEndian, (view) => view.setUint16(0, value, littleEndian));
}

export function u32(value, littleEndian = false) {
  return number(4, littleEndian, (view) => view.setUint32(0, value, littleEndian));
}

function number(width, littleEndian, write) {
  const bytes = new Uint8Array(width);
  write(new DataView(bytes.buffer));
  return new Piece(bytes, [0, littleEndian ? -width : width]);
}
