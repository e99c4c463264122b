/** Little writers of capture files, field by field, so that tests can break any of them. */

export function bytes(...parts: (number | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part))));
}

function field(size: number, write: (view: DataView) => void): Uint8Array<ArrayBuffer> {
  const field = new Uint8Array(size);
  write(new DataView(field.buffer));
  return field;
}

/** Numbers in one byte order. */
export function order(littleEndian: boolean) {
  return {
    u16: (value: number) => field(2, (view) => view.setUint16(0, value, littleEndian)),
    u32: (value: number) => field(4, (view) => view.setUint32(0, value, littleEndian)),
    i64: (value: bigint) => field(8, (view) => view.setBigInt64(0, value, littleEndian)),
  };
}

export interface RecordFields {
  seconds?: number;
  fraction?: number;
  captured?: number;
  original?: number;
  data?: Uint8Array;
}

/**
 * A classic capture. `extra`: bytes behind each record header (the modified format has eight). `swapped`: as before
 * version 2.3.
 */
export function pcapWriter({
  magic = 0xa1b2c3d4, littleEndian = true, version = [2, 4], snapLength = 262_144, linkType = 1, extra = 0,
  swapped = false,
} = {}) {
  const { u16, u32 } = order(littleEndian);
  return {
    header: bytes(u32(magic), u16(version[0]!), u16(version[1]!), u32(0), u32(0), u32(snapLength), u32(linkType)),
    record: ({
      seconds = 1_795_169_041, fraction = 0, data = bytes(), captured = data.length, original = captured,
    }: RecordFields = {}) => {
      const lengths = swapped ? [original, captured] : [captured, original];
      return bytes(u32(seconds), u32(fraction), ...lengths.map(u32), new Uint8Array(extra), data);
    },
  };
}

/** Records of snoop, big-endian. */
export function snoopWriter(link = 4) {
  const { u32 } = order(false);
  return {
    header: bytes(
      packet(5, 0).map((_, index) => [0x73, 0x6e, 0x6f, 0x6f, 0x70][index]!), 0, 0, 0, u32(2), u32(link),
    ),
    record: (
      {
        seconds = 1_795_169_041, fraction = 0, data = bytes(), captured = data.length, original = captured,
      }: RecordFields = {},
      padding = -data.length & 3,
    ) =>
      bytes(
        u32(original), u32(captured), u32(24 + data.length + padding), u32(0), u32(seconds), u32(fraction), data,
        new Uint8Array(padding),
      ),
  };
}

/** Frames of Network Monitor 2, which began capturing at 2026-11-20T10:04:01.218Z. */
export function netmonWriter(minor: number, network = 1) {
  const { u16, u32, i64 } = order(true);
  const trailers = [
    (): Uint8Array => bytes(), (kind: number) => u16(kind), (kind: number) => bytes(u16(kind), u32(0)),
    (kind: number, units: bigint) => bytes(u16(kind), u32(0), i64(units), 0),
  ];
  return {
    header: (tableAt = 0) =>
      bytes(
        0x47, 0x4d, 0x42, 0x55, minor, 2, u16(network), ...[2026, 11, 5, 20, 10, 4, 1, 218].map(u16), u32(tableAt),
        new Uint8Array(100),
      ),
    frame: ({
      microseconds = 0n, data = bytes(), captured = data.length, original = captured, kind = 1, units = 0n,
    }: NetmonFields) => bytes(i64(microseconds), u32(original), u32(captured), data, trailers[minor]!(kind, units)),
  };
}

export interface NetmonFields {
  microseconds?: bigint;
  data?: Uint8Array;
  captured?: number;
  original?: number;
  /** Of version 2.1 on. */
  kind?: number;
  /** 100 ns since 1601, of version 2.3. */
  units?: bigint;
}

export interface PacketFields {
  id?: number;
  ticks?: bigint;
  captured?: number;
  original?: number;
  data?: Uint8Array;
  options?: Uint8Array;
}

function padded(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes(data, new Uint8Array(-data.length & 3));
}

/** Blocks of a pcapng section. */
export function pcapngWriter(littleEndian = true) {
  const { u16, u32, i64 } = order(littleEndian);
  const block = (type: number, ...body: (number | Uint8Array)[]) => {
    const content = padded(bytes(...body));
    const length = u32(content.length + 12);
    return bytes(u32(type), length, content, length);
  };
  const words = (ticks: bigint) => bytes(u32(Number(ticks >> 32n)), u32(Number(ticks & 0xffff_ffffn)));
  return {
    u16, u32, i64, block,
    option: (code: number, value: Uint8Array) => bytes(u16(code), u16(value.length), padded(value)),
    section: (version = 1) => block(0x0a0d0d0a, u32(0x1a2b3c4d), u16(version), u16(0), i64(-1n)),
    interface: ({ linkType = 1, snapLength = 0, options = bytes() } = {}) =>
      block(1, u16(linkType), u16(0), u32(snapLength), options),
    enhanced: ({
      id = 0, ticks = 0n, data = new Uint8Array(), captured = data.length, original = captured,
      options = new Uint8Array(),
    }: PacketFields) => block(6, u32(id), words(ticks), u32(captured), u32(original), padded(data), options),
    obsolete: ({
      id = 0, ticks = 0n, data = new Uint8Array(), captured = data.length, original = captured,
    }: PacketFields) => block(2, u16(id), u16(7), words(ticks), u32(captured), u32(original), padded(data)),
    simple: (original: number, data: Uint8Array) => block(3, u32(original), padded(data)),
  };
}

/** A packet of `length` bytes that all are `value`. */
export function packet(length: number, value = 0xee): Uint8Array {
  return new Uint8Array(length).fill(value);
}
