import type { Clock } from '../analysis/model.js';
import { inertJson } from '../report/inert.js';
import { JsonWriter } from '../report/json-writer.js';

/** Records of an answer, and bytes of it: what a model can be given at once. */
export const MOST_RECORDS = 200;
export const USUAL_RECORDS = 20;
export const MOST_BYTES = 48 * 1024;
/**
 * Bytes of what stands before the records, and how it is cut until it fits: entries of a list, characters of a text.
 */
const MOST_HEAD = 32 * 1024;
const CUTS = [[20, 2000], [10, 500], [3, 100]] as const;

/** The records that are asked for. */
export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** Part of many records, each a line of JSON, as many as fit. */
export interface Records<T> {
  readonly all: ArrayLike<T>;
  readonly json: (item: T) => string;
}

/**
 * One JSON object: `head`, then the records of a page, then what of all records that is, and how to ask for the rest.
 * Never more than `MOST_BYTES`: where records do not fit, fewer are told; one that alone is too long is left out, and
 * said to be.
 */
export function answer<T>(
  head: Readonly<Record<string, unknown>>, { all, json }: Records<T>, { offset, limit }: Page,
): string {
  const before = headThatFits(head).slice(0, -1);
  const lines: string[] = [];
  const tooLong: number[] = [];
  // What is told of the rest takes less than 300 bytes.
  let left = MOST_BYTES - Buffer.byteLength(before) - 300;
  let at = Math.min(offset, all.length);
  for (; at < all.length && lines.length + tooLong.length < limit; at++) {
    const line = json(all[at]!);
    const bytes = Buffer.byteLength(line) + 2;
    if (bytes > left) {
      if (lines.length + tooLong.length > 0) break;
      tooLong.push(at);
      continue;
    }
    left -= bytes;
    lines.push(line);
  }
  const rest = all.length - at;
  const shown = {
    from: Math.min(offset, all.length), records: lines.length, of: all.length,
    ...(tooLong.length > 0 && { leftOut: `the record at offset ${tooLong.join()} is too long for an answer` }),
    ...(rest > 0 && { next: at, rest: `${rest} more: ask again with offset ${at}, or narrow them` }),
  };
  const joint = before === '{' ? '' : ',';
  return `${before}${joint}"records":[${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n`}],"shown":` +
    `${JSON.stringify(shown)}}`;
}

/** Writes records of the record format as text, one after the other. */
export function recordWriter(clock: Clock): (write: (to: JsonWriter) => void) => string {
  const to = new JsonWriter(clock);
  return (write) => {
    write(to);
    to.dropComma();
    return to.taken().toString();
  };
}

/**
 * As JSON, its lists and texts cut as much as is needed; how many entries there were stands beside each list that was
 * cut.
 */
function headThatFits(head: Readonly<Record<string, unknown>>): string {
  let json = '';
  for (const [entries, characters] of CUTS) {
    json = inertJson(cut(head, entries, characters) as object);
    if (Buffer.byteLength(json) <= MOST_HEAD) break;
  }
  return json;
}

function cut(value: unknown, entries: number, characters: number): unknown {
  if (typeof value === 'string') return value.length <= characters ? value : `${value.slice(0, characters)}…`;
  if (Array.isArray(value)) return value.slice(0, entries).map((entry) => cut(entry, entries, characters));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]): [string, unknown][] => [
      [name, cut(field, entries, characters)],
      ...(Array.isArray(field) && field.length > entries ? [[`${name}InAll`, field.length] as [string, unknown]] : []),
    ]),
  );
}

/** Lines of NDJSON. A piece is the writer's again once the next one is asked for. */
export function linesOf(pieces: Iterable<Buffer>): string[] {
  let text = '';
  for (const piece of pieces) text += piece.toString();
  return text.split('\n').filter((line) => line !== '');
}
