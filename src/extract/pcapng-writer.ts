/** Blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian; `src/capture/pcapng` draws them. */

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Nobody has counted the section's bytes beforehand. */
const UNKNOWN_LENGTH = 0xffff_ffff_ffff_ffffn;

const OPT_COMMENT = 1;
const SHB_USERAPPL = 4;
const IF_NAME = 2;
const IF_TSRESOL = 9;
const ISB_STARTTIME = 2;
const ISB_ENDTIME = 3;
const ISB_USRDELIV = 8;

/** Bytes that an option's length field can say. */
const LONGEST_OPTION = 0xffff;

export interface InterfaceDescription {
  readonly linkType: number;
  /** 0 means no limit. */
  readonly snapLength: number;
  readonly resolution: number;
  /** Empty for none. */
  readonly name: string;
}

export interface EnhancedPacket {
  /** Index of its interface, in the order of their descriptions. */
  readonly interface: number;
  /** In the interface's resolution. */
  readonly ticks: bigint;
  /** Bytes it had on the wire. */
  readonly original: number;
  readonly data: Uint8Array;
  readonly comments: readonly string[];
}

export interface InterfaceStatistics {
  readonly interface: number;
  /** Ticks of the interface: when capturing began and ended. */
  readonly start: bigint;
  readonly end: bigint;
  /** Packets of the interface in this file. */
  readonly packets: number;
}

export function sectionHeader(application: string, comment: string): Uint8Array {
  const options = concat([text(SHB_USERAPPL, application), text(OPT_COMMENT, comment), endOfOptions]);
  const body = Buffer.alloc(16);
  body.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
  body.writeUInt16LE(1, 4);
  body.writeBigUInt64LE(UNKNOWN_LENGTH, 8);
  return block(SECTION_HEADER, body, options);
}

export function interfaceDescription({ linkType, snapLength, resolution, name }: InterfaceDescription): Uint8Array {
  const options = concat([
    ...(name === '' ? [] : [text(IF_NAME, name)]), option(IF_TSRESOL, Uint8Array.of(resolution)), endOfOptions,
  ]);
  const body = Buffer.alloc(8);
  body.writeUInt16LE(linkType, 0);
  body.writeUInt32LE(snapLength, 4);
  return block(INTERFACE_DESCRIPTION, body, options);
}

export function enhancedPacket({ interface: id, ticks, original, data, comments }: EnhancedPacket): Uint8Array {
  const options = comments.length === 0 ? [] : [...comments.map((comment) => text(OPT_COMMENT, comment)), endOfOptions];
  const body = Buffer.alloc(20);
  body.writeUInt32LE(id, 0);
  body.set(timestamp(ticks), 4);
  body.writeUInt32LE(data.length, 12);
  body.writeUInt32LE(original, 16);
  return block(ENHANCED_PACKET, body, padded(data), ...options);
}

export function interfaceStatistics({ interface: id, start, end, packets }: InterfaceStatistics): Uint8Array {
  const delivered = Buffer.alloc(8);
  delivered.writeBigUInt64LE(BigInt(packets));
  const options = [
    option(ISB_STARTTIME, timestamp(start)), option(ISB_ENDTIME, timestamp(end)), option(ISB_USRDELIV, delivered),
    endOfOptions,
  ];
  const body = Buffer.alloc(12);
  body.writeUInt32LE(id, 0);
  body.set(timestamp(end), 4);
  return block(INTERFACE_STATISTICS, body, ...options);
}

function block(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 12);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  return concat([head, ...parts, head.subarray(4)]);
}

const endOfOptions = new Uint8Array(4);

function option(code: number, value: Uint8Array): Uint8Array {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return concat([head, padded(value)]);
}

/** UTF-8, cut at a character where it is longer than an option can be. */
function text(code: number, value: string): Uint8Array {
  const room = new Uint8Array(Math.min(Buffer.byteLength(value), LONGEST_OPTION));
  return option(code, room.subarray(0, new TextEncoder().encodeInto(value, room).written));
}

/** Two words, the upper one first, whatever the byte order. */
function timestamp(ticks: bigint): Uint8Array {
  const words = Buffer.alloc(8);
  words.writeUInt32LE(Number((ticks >> 32n) & 0xffff_ffffn), 0);
  words.writeUInt32LE(Number(ticks & 0xffff_ffffn), 4);
  return words;
}

/** To a multiple of 32 bits. */
function padded(bytes: Uint8Array): Uint8Array {
  return bytes.length % 4 === 0 ? bytes : concat([bytes, new Uint8Array(-bytes.length & 3)]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
