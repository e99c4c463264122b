import { isIP } from 'node:net';

import { formatAddress } from '../decode/address.js';

/** What may be an address, with a port or the end of a sentence behind it. */
const CANDIDATE = /(?<![\w.:])(?=[\da-f]*[.:])[\da-f:.]+/gi;

/** The shortest address in text, `::`. */
const SHORTEST = 2;

/** A text in which `replace` has given every IPv4 and IPv6 address another one, as bytes; ports behind them stay. */
export function withAddresses(text: string, replace: (address: Uint8Array) => Uint8Array): string {
  return text.replaceAll(CANDIDATE, (candidate) => {
    for (let length = candidate.length; length >= SHORTEST; length--) {
      const address = candidate.slice(0, length);
      if (isIP(address) !== 0) return textOf(replace(bytesOf(address))) + candidate.slice(length);
    }
    return candidate;
  });
}

/** 4 or 16 bytes of an address in any notation. */
function bytesOf(address: string): Uint8Array {
  if (!address.includes(':')) return Uint8Array.from(address.split('.'), Number);
  const [front = '', back] = address.split('::');
  const [before, behind] = [fieldsOf(front), fieldsOf(back ?? '')];
  const fields =
    back === undefined ? before : [...before, ...Array<number>(8 - before.length - behind.length).fill(0), ...behind];
  return Uint8Array.from(fields.flatMap((field) => [field >> 8, field & 0xff]));
}

/** Fields of 16 bits; an IPv4 address at the end is two of them (RFC 4291 §2.2). */
function fieldsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((field) => {
    if (!field.includes('.')) return [Number.parseInt(field, 16)];
    const [a, b, c, d] = field.split('.').map(Number) as [number, number, number, number];
    return [a * 256 + b, c * 256 + d];
  });
}

function textOf(address: Uint8Array): string {
  const view = new DataView(address.buffer, address.byteOffset, address.length);
  if (address.length === 4) return formatAddress(4, 0, 0, 0, view.getInt32(0));
  return formatAddress(6, view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12));
}
