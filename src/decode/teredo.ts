import { IPV6 } from './layer.js';
import type { Packet } from './packet.js';
import { skip } from './skip-reasons.js';

// RFC 4380 §5.1.1: two indications may stand before the IPv6 packet.
const AUTHENTICATION = 0x0001;
const ID_LENGTH = 2;
const VALUE_LENGTH = 3;
/** Type, both lengths; behind the value a nonce of eight bytes and a byte that confirms it. */
const AUTHENTICATION_SIZE = 13;
const ORIGIN = 0x0000;
const ORIGIN_SIZE = 8;
const LONGEST = 2;

const CUT = skip('teredo: header cut');

/** IPv6 through a NAT, in UDP. */
export function teredo(packet: Packet): number {
  for (let indications = 0; indications <= LONGEST; indications += 1) {
    if (!packet.has(VALUE_LENGTH + 1)) return CUT;
    const { view, offset } = packet;
    const type = view.getUint16(offset);
    if (type === AUTHENTICATION)
      packet.offset += AUTHENTICATION_SIZE + view.getUint8(offset + ID_LENGTH) + view.getUint8(offset + VALUE_LENGTH);
    else if (type === ORIGIN) packet.offset += ORIGIN_SIZE;
    else break;
  }
  return IPV6;
}
