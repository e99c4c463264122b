import { createHash } from 'node:crypto';
import { isIP } from 'node:net';

import type { Address } from '../analysis/model.js';

const TCP = 6;

/** What is hashed, one for all: the seed, two addresses, protocol, padding and two ports. */
const text = Buffer.alloc(2 + 16 + 16 + 2 + 4);

/**
 * The Community ID of a TCP connection, version 1 with seed 0, as Zeek, Suricata and Arkime write it: the same at
 * every tap and in every direction (github.com/corelight/community-id-spec).
 */
export function communityId(one: Address, other: Address): string {
  const [a, b] = [endOf(one), endOf(other)];
  const order = Buffer.compare(a.address, b.address) || a.port - b.port;
  const [lower, upper] = order <= 0 ? [a, b] : [b, a];
  const behind = 2 + lower.address.length + upper.address.length;
  const hashed = text.subarray(0, behind + 6);
  lower.address.copy(hashed, 2);
  upper.address.copy(hashed, 2 + lower.address.length);
  hashed.writeUInt16BE(TCP << 8, behind);
  hashed.writeUInt16BE(lower.port, behind + 2);
  hashed.writeUInt16BE(upper.port, behind + 4);
  return `1:${createHash('sha1').update(hashed).digest('base64')}`;
}

function endOf({ address, port }: Address): { readonly address: Buffer; readonly port: number } {
  return { address: isIP(address) === 4 ? Buffer.from(address.split('.').map(Number)) : bytesOfIpv6(address), port };
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
