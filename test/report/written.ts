import { JsonWriter } from '../../src/report/json-writer.js';
import { clock } from './analysis-fixture.js';

/** What is written of a record, its comma left out. */
export function written(write: (to: JsonWriter) => void, of = clock): string {
  const to = new JsonWriter(of);
  write(to);
  to.dropComma();
  return to.taken().toString();
}

/** A report in one piece: its chunks are not valid for long. */
export function inOnePiece(pieces: Iterable<string | Buffer>): string {
  let text = '';
  for (const piece of pieces) text += String(piece);
  return text;
}

/** The objects of NDJSON. */
export function recordsOf(pieces: Iterable<string | Buffer>): ReturnType<typeof JSON.parse>[] {
  return inOnePiece(pieces).trimEnd().split('\n').map((line) => JSON.parse(line));
}
