/** Characters gathered before they are handed on: one write to a pipe on Linux takes 64 KiB. */
const CHUNK = 65_536;

/**
 * Joins many small pieces into few large ones, so that a report of any length is neither one string nor a write a line.
 * Bytes are chunks already.
 */
export function* chunks(pieces: Iterable<string | Buffer>, size: number = CHUNK): IterableIterator<string | Buffer> {
  let chunk = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      chunk += piece;
      if (chunk.length < size) continue;
    }
    if (chunk !== '') yield chunk;
    chunk = '';
    if (typeof piece !== 'string' && piece.length > 0) yield piece;
  }
  if (chunk !== '') yield chunk;
}
