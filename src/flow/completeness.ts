// Bits of Wireshark's tcp.completeness.

export const syn = 1;
export const synAck = 2;
export const ack = 4;
export const data = 8;
export const fin = 16;
export const rst = 32;
