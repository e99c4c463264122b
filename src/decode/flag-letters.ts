import { ACK, CWR, ECE, FIN, PSH, RST, SYN, URG } from './segment.js';

const LETTERS = [
  [SYN, 'S'], [FIN, 'F'], [RST, 'R'], [PSH, 'P'], [URG, 'U'], [ECE, 'E'], [CWR, 'W'], [ACK, '.'],
] as const;

/** Flags as tcpdump writes them: `S`, `S.`, `.`, `P.`, `F.`, `R`…; `none` where none is set. */
export function flagLetters(flags: number): string {
  return LETTERS.map(([bit, letter]) => (flags & bit ? letter : '')).join('') || 'none';
}
