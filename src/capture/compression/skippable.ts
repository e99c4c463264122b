/** Magic numbers of frames that hold no data (RFC 8878 §3.1.2). */
export function isSkippable(magic: number): boolean {
  return magic >>> 4 === 0x184d_2a5;
}
