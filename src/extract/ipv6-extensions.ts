// Extension headers (IANA) that hold nothing but how the packet is put together; all others may hold addresses.
const FRAGMENT = 44;
const AUTHENTICATION = 51;

const NEXT_HEADER = 6;
/** Next header and length. */
const HEAD = 2;
const SMALLEST = 8;

/**
 * Zeroes what IPv6 extension headers in `[from, end)` hold, their next headers and lengths excepted. `ip`: where the
 * IPv6 header begins.
 */
export function blankExtensions(bytes: Uint8Array, ip: number, from: number, end: number): void {
  let header = bytes[ip + NEXT_HEADER]!;
  for (let at = from; at + SMALLEST <= end; ) {
    const next = bytes[at]!;
    const length = bytes[at + 1]!;
    const size = header === FRAGMENT ? SMALLEST : header === AUTHENTICATION ? (length + 2) * 4 : (length + 1) * 8;
    if (header !== FRAGMENT) bytes.fill(0, at + HEAD, Math.min(at + size, end));
    header = next;
    at += size;
  }
}
