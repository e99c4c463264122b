import type { Window } from '../window.js';
import type { FileHeader } from './file-header.js';
import { RecordRules } from './record.js';
import { chainAt, NO_RECORD } from './resynchronize.js';

/**
 * Record headers that are longer than their magic number says: systems that changed the format and not the number.
 *
 * 16 becomes 24 in Red Hat 6.1 (Kuznetsov's fields, as in the modified format) and 20 in Nokia's firewalls (four bytes
 * of their own); 24 becomes 28 in SuSE 6.3.
 */
const LONGER: ReadonlyMap<number, readonly number[]> = new Map([
  [16, [24, 20]],
  [24, [28]],
]);

/**
 * The file header with the length that its first records show, as far as they are there; where they show nothing, as it
 * is.
 */
export function withVariant(header: FileHeader, window: Window): FileHeader {
  const shows = (candidate: FileHeader): number => chainAt(window, candidate, new RecordRules(candidate), NaN);
  if (shows(header) !== NO_RECORD) return header;
  const longer = LONGER.get(header.recordHeaderLength) ?? [];
  return (
    longer
      .map((recordHeaderLength) => ({ ...header, recordHeaderLength }))
      .find((candidate) => shows(candidate) === 0) ?? header
  );
}
