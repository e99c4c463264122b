/**
 * Every block (draft-ietf-opsawg-pcapng §3.1):
 *
 *                         1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  0 |                          Block Type                           |
 *    +---------------------------------------------------------------+
 *  4 |                      Block Total Length                       |
 *    +---------------------------------------------------------------+
 *  8 /                          Block Body                           /
 *    /              variable length, padded to 32 bits               /
 *    +---------------------------------------------------------------+
 *    |                      Block Total Length                       |
 *    +---------------------------------------------------------------+
 */
export const BLOCK_LENGTH = 4;
/** A block of nothing: type and both lengths. */
export const SMALLEST_BLOCK = 12;

/** No block is believed to be longer: the largest packet that any link type may have, and its options. */
export const LARGEST_BLOCK = (128 << 20) + (1 << 20);

/** A number that reads alike in both byte orders, so that it can be recognized before the order is known. */
export const SECTION_HEADER = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION = 1;
export const PACKET = 2;
export const SIMPLE_PACKET = 3;
export const INTERFACE_STATISTICS = 5;
export const ENHANCED_PACKET = 6;

const NAMES: ReadonlyMap<number, string> = new Map([
  [SECTION_HEADER, 'Section Header Block'],
  [INTERFACE_DESCRIPTION, 'Interface Description Block'],
  [PACKET, 'Packet Block'],
  [SIMPLE_PACKET, 'Simple Packet Block'],
  [4, 'Name Resolution Block'],
  [INTERFACE_STATISTICS, 'Interface Statistics Block'],
  [ENHANCED_PACKET, 'Enhanced Packet Block'],
  [9, 'systemd Journal Export Block'],
  [10, 'Decryption Secrets Block'],
  [0xbad, 'Custom Block'],
  [0x40000bad, 'Custom Block (not to be copied)'],
]);

export function isKnownBlock(type: number): boolean {
  return NAMES.has(type);
}

/** Blocks that hold one packet, and are read whole. */
export function isPacketBlock(type: number): boolean {
  return type === ENHANCED_PACKET || type === SIMPLE_PACKET || type === PACKET;
}

/** `Enhanced Packet Block at byte 8123: …` */
export function atBlock(type: number, position: number, what: string): string {
  return `${NAMES.get(type) ?? `block of type ${type}`} at byte ${position}: ${what}`;
}

/** Why a block cannot have this length; null if it can. */
export function lengthRefusal(length: number): string | null {
  if (length < SMALLEST_BLOCK) return `block length ${length} is smaller than ${SMALLEST_BLOCK}`;
  if (length % 4 !== 0) return `block length ${length} is not a multiple of 4`;
  if (length > LARGEST_BLOCK) return `block length ${length} is larger than ${LARGEST_BLOCK}`;
  return null;
}
