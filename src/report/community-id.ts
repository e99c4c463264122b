import { hash } from 'node:crypto';
import { isIP } from 'node:net';

import type { Address } from '../analysis/model.js';

const TCP = 6;

/** What is hashed, one for all: the seed, two addresses, protocol, padding and two ports. */
const text = Buffer.alloc(2 + 16 + 16 + 2 + 4);

/** Bytes of two IPv4 addresses, and what is hashed of these. */
const IPV4 = 8;
const ipv4 = text.subarray(0, 2 + IPV4 + 2 + 4);

/** Bytes of addresses that were asked for: servers come again and again. */
const known = new Map<string, Buffer>();
const MOST_KNOWN = 1 << 14;

/**
 * The Community ID of a TCP connection, version 1 with seed 0, as Zeek, Suricata and Arkime write it: the same at
 * every tap and in every direction (github.com/corelight/community-id-spec).
 */
export function communityId(one: Address, other: Address): string {
  const [a, b] = [bytesOf(one.address), bytesOf(other.address)];
  const isInOrder = (Buffer.compare(a, b) || one.port - other.port) <= 0;
  const behind = 2 + a.length + b.length;
  const hashed = behind === IPV4 + 2 ? ipv4 : text.subarray(0, behind + 6);
  hashed.set(isInOrder ? a : b, 2);
  hashed.set(isInOrder ? b : a, 2 + (isInOrder ? a : b).length);
  hashed.writeUInt16BE(TCP << 8, behind);
  hashed.writeUInt16BE(isInOrder ? one.port : other.port, behind + 2);
  hashed.writeUInt16BE(isInOrder ? other.port : one.port, behind + 4);
  return `1:${hash('sha1', hashed, 'base64')}`;
}

function bytesOf(address: string): Buffer {
  let bytes = known.get(address);
  if (bytes !== undefined) return bytes;
  if (known.size === MOST_KNOWN) known.clear();
  bytes = isIP(address) === 4 ? Buffer.from(address.split('.').map(Number)) : bytesOfIpv6(address);
  known.set(address, bytes);
  return bytes;
}

/** Of an address as RFC 5952 writes it, also with an IPv4 address at its end. */
function bytesOfIpv6(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  const [head = '', tail] = address
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${hex(a, b)}:${hex(c, d)}`)
    .split('::');
  words(head).forEach((word, at) => bytes.writeUInt16BE(word, at * 2));
  const last = words(tail ?? '');
  last.forEach((word, at) => bytes.writeUInt16BE(word, 16 - (last.length - at) * 2));
  return bytes;
}

function words(text: string): number[] {
  return text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
}

function hex(high: string, low: string): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}
