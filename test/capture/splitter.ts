/** Cuts captures into files, packet by packet and without a look at our reader. */

/** The pieces of a classic little-endian capture, each with the file header. `at`: packets before each cut. */
export function splitPcap(whole: Uint8Array, at: readonly number[]): Uint8Array[] {
  const view = viewOf(whole);
  const records: Uint8Array[] = [];
  for (let next = 24; next < whole.length; ) {
    const end = next + 16 + view.getUint32(next + 8, true);
    records.push(whole.subarray(next, end));
    next = end;
  }
  return pieces(records, at).map((piece) => Buffer.concat([whole.subarray(0, 24), ...piece]));
}

/** Parts of a little-endian pcapng capture of one section, whose interfaces stand before its packets. */
export function splitPcapng(whole: Uint8Array, at: readonly number[]): Uint8Array[] {
  const view = viewOf(whole);
  const header: Uint8Array[] = [];
  const packets: Uint8Array[] = [];
  for (let next = 0; next < whole.length; ) {
    const type = view.getUint32(next, true);
    const end = next + view.getUint32(next + 4, true);
    if (type === 6) packets.push(whole.subarray(next, end));
    else if (type === 0x0a0d0d0a || type === 1) header.push(whole.subarray(next, end));
    next = end;
  }
  return pieces(packets, at).map((piece) => Buffer.concat([...header, ...piece]));
}

/** Where to cut `packets` into `parts` files of nearly equal length. */
export function evenly(packets: number, parts: number): number[] {
  return Array.from({ length: parts - 1 }, (_, index) => Math.round(((index + 1) * packets) / parts));
}

function pieces<T>(items: readonly T[], at: readonly number[]): T[][] {
  return [0, ...at].map((from, index) => items.slice(from, at[index]));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
