const END_OF_OPTIONS = 0;
const CODE = 0;
const LENGTH = 2;
const VALUE = 4;

/** Called with each option: its code and where its value lies. */
export type OptionVisitor = (code: number, at: number, length: number) => void;

/**
 * Options, one behind the other from `at` to `end`, each padded to 32 bits:
 *
 *                         1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  0 |      Option Code              |         Option Length         |
 *    +-------------------------------+-------------------------------+
 *  4 /                       Option Value                            /
 *    +---------------------------------------------------------------+
 *
 * Answers why the list cannot be read to its end; null if it can.
 */
export function readOptions(
  view: DataView, at: number, end: number, littleEndian: boolean, visit: OptionVisitor,
): string | null {
  for (let next = at; next + VALUE <= end; ) {
    const code = view.getUint16(next + CODE, littleEndian);
    const length = view.getUint16(next + LENGTH, littleEndian);
    if (code === END_OF_OPTIONS) return null;
    const left = end - next - VALUE;
    if (length > left) return `option ${code} has length ${length}, ${left} bytes are left in the block`;
    visit(code, next + VALUE, length);
    next += VALUE + length + (-length & 3);
  }
  return null;
}
