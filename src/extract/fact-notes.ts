import type { Tap, TwoTaps } from '../between/between.js';
import type { Connection } from '../analysis/model.js';

/**
 * What both ends' captures together show, for the frames of one of them: by frame of the connection, as `notesOf` has
 * it.
 */
export function factNotes(
  { pairs }: TwoTaps,
  tap: Tap,
): (connection: Connection) => ReadonlyMap<number, readonly string[]> {
  const byFlow = new Map<number, Map<number, string[]>>();
  for (const { flows, facts } of pairs) {
    for (const { id, severity, message, confidence, frames } of facts) {
      const notes = byFlow.get(flows[tap][0]!) ?? new Map<number, string[]>();
      byFlow.set(flows[tap][0]!, notes);
      for (const frame of frames[tap])
        notes.set(frame, [
          ...(notes.get(frame) ?? []),
          `both ends: ${severity}: ${id}: ${message}${confidence === 'certain' ? '' : ` (${confidence})`}`,
        ]);
      // Where nothing of it is in this capture it is told at the connection's first frame.
      if (frames[tap].length === 0)
        notes.set(NaN, [...(notes.get(NaN) ?? []), `both ends: ${severity}: ${id}: ${message}`]);
    }
    for (const other of flows[tap].slice(1)) byFlow.set(other, byFlow.get(flows[tap][0]!) ?? new Map());
  }
  return ({ id, firstFrame }) => {
    const notes = byFlow.get(id);
    if (notes === undefined) return new Map();
    const told = new Map<number, readonly string[]>(notes);
    const general = notes.get(NaN);
    told.delete(NaN);
    if (general !== undefined) told.set(firstFrame, [...(notes.get(firstFrame) ?? []), ...general]);
    return told;
  };
}
