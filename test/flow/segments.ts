import { ACK, FIN, PSH, RST, SYN, Segment } from '../../src/decode/segment.js';

export const CLIENT = { address: 0x0a00_0001, port: 40_000 };
export const SERVER = { address: 0x0a00_0002, port: 80 };

const LETTERS: Readonly<Record<string, number>> = { S: SYN, F: FIN, R: RST, P: PSH, '.': ACK };

/** A segment as a line of a tape says it: `>` from the client; absolute numbers; a length. */
export function segment(arrow: '>' | '<', letters: string, sequence: number, acknowledgment = 0, length = 0): Segment {
  const [source, destination] = arrow === '>' ? [CLIENT, SERVER] : [SERVER, CLIENT];
  return Object.assign(new Segment(), {
    family: 4, source3: source.address, sourcePort: source.port, destination3: destination.address,
    destinationPort: destination.port, flags: letters.split('').reduce((bits, letter) => bits | LETTERS[letter]!, 0),
    sequence: sequence | 0, acknowledgment: acknowledgment | 0, length, ttl: 64,
  });
}
