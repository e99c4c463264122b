import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Writes what tcpdump has captured (classic pcap, microseconds, this machine's byte order) as pcapng, as a host would
 * have stamped it whose clock is another.
 *
 * All hosts here share the machine's clock. `clock.offset` milliseconds are added to each time, and `clock.drift`
 * microseconds for each second since the first packet. An interface statistics block says, as dumpcap's does, between
 * which moments was captured and that nothing was dropped.
 *
 * @param clock { offset, drift }
 * @param lasted { begin, end }: milliseconds of this machine's clock between which tcpdump listened
 */
export function stamp(pcap, pcapng, { offset = 0, drift = 0 }, { begin, end }) {
  const bytes = readFileSync(pcap);
  if (bytes.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error(`${pcap} is not what tcpdump writes here`);
  const origin = bytes.length > 24 ? microseconds(bytes, 24) : BigInt(Math.round(begin * 1000));
  const told = (time) => time + BigInt(Math.round(offset * 1000)) + ((time - origin) * BigInt(drift)) / 1_000_000n;
  const blocks = [sectionHeader(), interfaceDescription(bytes.readUInt32LE(20), bytes.readUInt32LE(16))];
  let packets = 0n;
  for (let at = 24; at < bytes.length; packets += 1n) {
    const captured = bytes.readUInt32LE(at + 8);
    blocks.push(
      enhancedPacket(
        told(microseconds(bytes, at)),
        bytes.readUInt32LE(at + 12),
        bytes.subarray(at + 16, at + 16 + captured),
      ),
    );
    at += 16 + captured;
  }
  blocks.push(
    interfaceStatistics(told(BigInt(Math.round(begin * 1000))), told(BigInt(Math.round(end * 1000))), packets),
  );
  writeFileSync(pcapng, Buffer.concat(blocks));
}

function microseconds(bytes, at) {
  return BigInt(bytes.readUInt32LE(at)) * 1_000_000n + BigInt(bytes.readUInt32LE(at + 4));
}

function block(type, body) {
  const length = 12 + body.length;
  return Buffer.concat([u32(type, length), body, u32(length)]);
}

function u32(...values) {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32LE(value, index * 4));
  return bytes;
}

/** Times lie in pcapng in two halves, the upper one first. */
function halves(time) {
  return u32(Number(time >> 32n), Number(time & 0xffff_ffffn));
}

function option(code, value) {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
}

function sectionHeader() {
  return block(0x0a0d0d0a, Buffer.concat([u32(0x1a2b3c4d), Buffer.from([1, 0, 0, 0]), Buffer.alloc(8, 0xff)]));
}

function interfaceDescription(linkType, snapLength) {
  return block(1, Buffer.concat([u32(linkType, snapLength), option(9, Buffer.from([6])), u32(0)]));
}

function enhancedPacket(time, original, data) {
  return block(
    6,
    Buffer.concat([u32(0), halves(time), u32(data.length, original), data, Buffer.alloc(-data.length & 3)]),
  );
}

/** isb_starttime, isb_endtime, isb_ifrecv, isb_ifdrop. */
function interfaceStatistics(begin, end, packets) {
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(packets);
  return block(
    5,
    Buffer.concat([
      u32(0),
      halves(end),
      option(2, halves(begin)),
      option(3, halves(end)),
      option(4, count),
      option(5, Buffer.alloc(8)),
      u32(0),
    ]),
  );
}
