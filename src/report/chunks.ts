/** Characters gathered before they are handed on: one write to a pipe on Linux takes 64 KiB. */
const CHUNK = 65_536;

/** Joins many small pieces into few large ones, so that a report of any length is neither one string nor a write a line. */
export function* chunks(pieces: Iterable<string>, size: number = CHUNK): IterableIterator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length >= size) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}
