// Option kinds (IANA).
const END = 0;
const NOP = 1;
const MPTCP = 30;

/** MSS, window scale, SACK permitted, SACK, timestamps: numbers of the connection itself. */
const KEPT = new Set([2, 3, 4, 5, 8]);

/** MPTCP's reset option (RFC 8684 §3.6): subtype in the upper half of its third byte, then the reason. */
const MPTCP_RESET = 8;
const MPTCP_RESET_SIZE = 4;

/**
 * Zeroes what TCP options in `[from, end)` hold that others may tell a host by: cookies, keys, the addresses of
 * Multipath TCP. Kinds and lengths stay, which are a system's fingerprint, and so does why a Multipath TCP subflow was
 * reset.
 */
export function blankOptions(bytes: Uint8Array, from: number, end: number): void {
  for (let at = from; at < end; ) {
    const kind = bytes[at]!;
    if (kind === NOP) {
      at += 1;
      continue;
    }
    const size = at + 1 < end ? bytes[at + 1]! : 0;
    // Behind the end of the options, or a length that cannot be, lies nothing that a reader would look at.
    if (kind === END || size < 2) return void bytes.fill(0, Math.min(at + 2, end), end);
    if (!KEPT.has(kind)) bytes.fill(0, Math.min(at + keptOf(bytes, at, kind, size), end), Math.min(at + size, end));
    at += size;
  }
}

/** Bytes of an option that stay. */
function keptOf(bytes: Uint8Array, at: number, kind: number, size: number): number {
  if (kind !== MPTCP || size !== MPTCP_RESET_SIZE) return 2;
  return bytes[at + 2]! >> 4 === MPTCP_RESET ? MPTCP_RESET_SIZE : 2;
}
