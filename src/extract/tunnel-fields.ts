/** Zeroes the values of NFLOG's attributes in `[at, end)`; the last one is the packet, which begins at `end`. */
export function blankNflog(bytes: Uint8Array, at: number, end: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const isLittleEndian = view.getUint16(at + 4, true) <= view.getUint16(at + 4);
  for (let attribute = at + 4; attribute + 4 < end; ) {
    const length = view.getUint16(attribute, isLittleEndian);
    const next = attribute + ((length + 3) & ~3);
    bytes.fill(0, attribute + 4, Math.min(next, end));
    attribute = next;
  }
}

/**
 * Zeroes the addresses of GRE's source routes (RFC 1701): each entry has four bytes, the last of which is its length,
 * before them.
 */
export function blankRoutes(bytes: Uint8Array, at: number, end: number): void {
  const flags = bytes[at]!;
  const fields = 1 + ((flags >> 5) & 1) + ((flags >> 4) & 1);
  for (let route = at + 4 + fields * 4; route + 4 <= end; ) {
    const next = route + 4 + bytes[route + 3]!;
    bytes.fill(0, route + 4, Math.min(next, end));
    route = next;
  }
}

/** Zeroes what Teredo's indications hold (RFC 4380 §5.1.1): who authenticates, and the address that a NAT gave. */
export function blankTeredo(bytes: Uint8Array, at: number, end: number): void {
  for (let indication = at; indication + 4 <= end; ) {
    const isAuthentication = bytes[indication + 1] === 1;
    const kept = isAuthentication ? 4 : 2;
    const size = isAuthentication ? 13 + bytes[indication + 2]! + bytes[indication + 3]! : 8;
    bytes.fill(0, indication + kept, Math.min(indication + size, end));
    indication += size;
  }
}
