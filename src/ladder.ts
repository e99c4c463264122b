import type { Analysis, LadderRow } from './analysis.js';

/** Reads the segments of one connection again from the captures, with both endpoints' states beside each. */
export function readLadder(_analysis: Analysis, _id: number): Promise<LadderRow[]> {
  throw new Error('to be written');
}
