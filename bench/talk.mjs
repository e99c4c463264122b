export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

export const CLIENT = 0;
export const SERVER = 1;

/**
 * Payloads are cut from this: letters, which no protocol's dissector takes for its own. They repeat, and take no time
 * to be made.
 */
const LETTERS = Buffer.from(Array.from({ length: 4096 }, (_, index) => 97 + ((index * 7 + (index >> 3)) % 26)));

/** One end of a connection, as its stack knows it. */
class Endpoint {
  /** SND.NXT, RCV.NXT and the count of IP IDs. */
  next;
  expects = 0;
  ipId;

  constructor(host, port, random) {
    this.host = host;
    this.port = port;
    this.next = random.next();
    this.ipId = random.next() & 0xffff;
    this.timestamps = random.next();
    /** The peer's timestamp that it saw last. */
    this.echo = 0;
    this.window = random.between(200, 65_000);
  }
}

/** Two endpoints and the frames between them: Ethernet, IPv4 or IPv6, TCP with timestamps. */
export class Talk {
  /**
   * @param {{ ipv6: boolean, client: number, clientPort: number, server: number, serverPort: number, random:
   * import('./random.mjs').Random, payloads?: Buffer }} of `payloads`: what they are cut from, at least 4096 bytes, a
   * power of two
   */
  constructor({ ipv6, client, clientPort, server, serverPort, random, payloads = LETTERS }) {
    this.ipv6 = ipv6;
    this.payloads = payloads;
    this.ends = [new Endpoint(client, clientPort, random), new Endpoint(server, serverPort, random)];
  }

  /** The next incarnation of the same five-tuple, with new numbers. */
  again(random) {
    const [client, server] = this.ends;
    const { ipv6, payloads } = this;
    const next = new Talk({
      ipv6, payloads, client: client.host, clientPort: client.port, server: server.host, serverPort: server.port,
      random,
    });
    next.ends[CLIENT].next = (client.next + 70_000) >>> 0;
    next.ends[SERVER].next = (server.next + 65_537) >>> 0;
    return next;
  }

  /**
   * Writes what `step` says into `buffer` at `at`, with Ethernet and IP around it; answers the bytes written.
   *
   * `step.lost` leaves the peer without it; `step.again` sends the last `length` bytes (and the FIN) once more;
   * `step.probe` stands one before what is next, as keepalives do.
   *
   * @param {import('./stories.mjs').Step} step
   * @param {number} milliseconds the clock of TCP timestamps
   */
  write({ by, flags, length = 0, again = false, lost = false, probe = false, sequence }, milliseconds, buffer, at) {
    const talker = this.ends[by];
    const listener = this.ends[1 - by];
    const size = length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
    if (again) talker.next = (talker.next - size) >>> 0;
    // The answer of no socket: without window and options, and with a number taken from what it answers (RFC 9293
    // §3.5.2).
    const reactive = (flags & RST) !== 0 && (!(flags & ACK) || sequence === 0);
    const headerSize = reactive ? 20 : flags & SYN ? 40 : 32;
    const tcp = this.#ip(talker, listener, by, headerSize + length, buffer, at);
    buffer.writeUInt16BE(talker.port, tcp);
    buffer.writeUInt16BE(listener.port, tcp + 2);
    buffer.writeUInt32BE(sequence ?? (probe ? talker.next - 1 : talker.next) >>> 0, tcp + 4);
    buffer.writeUInt32BE(flags & ACK ? talker.expects : 0, tcp + 8);
    buffer.writeUInt16BE((headerSize << 10) | flags, tcp + 12);
    buffer.writeUInt16BE(reactive ? 0 : talker.window, tcp + 14);
    buffer.writeUInt32BE(0, tcp + 16);
    const payload = tcp + headerSize;
    if (!reactive) writeOptions(flags, talker, listener, milliseconds, buffer, tcp + 20);
    const cut = talker.next & (this.payloads.length / 2 - 1);
    this.payloads.copy(buffer, payload, cut, cut + length);
    if (!(flags & RST)) {
      talker.next = (talker.next + size) >>> 0;
      if (!lost) listener.expects = talker.next;
    }
    return payload + length - at;
  }

  #ip(talker, listener, by, length, buffer, at) {
    buffer.writeUInt32BE(0x0200_0000 + by, at);
    buffer.writeUInt32BE(0x0001_0200, at + 4);
    buffer.writeUInt32BE(1 - by, at + 8);
    buffer.writeUInt16BE(this.ipv6 ? 0x86dd : 0x0800, at + 12);
    const ip = at + 14;
    const ttl = by === CLIENT ? 64 : 57;
    if (this.ipv6) {
      buffer.writeUInt32BE(0x6000_0000, ip);
      buffer.writeUInt32BE((length << 16) | (6 << 8) | ttl, ip + 4);
      for (const [index, { host }] of [talker, listener].entries()) {
        buffer.writeUInt32BE(0x2001_0db8, ip + 8 + index * 16);
        buffer.writeUInt32BE(0, ip + 12 + index * 16);
        buffer.writeUInt32BE(0, ip + 16 + index * 16);
        buffer.writeUInt32BE(host, ip + 20 + index * 16);
      }
      return ip + 40;
    }
    talker.ipId = (talker.ipId + 1) & 0xffff;
    buffer.writeUInt32BE((0x4500 << 16) | (20 + length), ip);
    buffer.writeUInt32BE(((talker.ipId << 16) | 0x4000) >>> 0, ip + 4);
    buffer.writeUInt32BE((ttl << 24) | (6 << 16), ip + 8);
    buffer.writeUInt32BE(talker.host, ip + 12);
    buffer.writeUInt32BE(listener.host, ip + 16);
    buffer.writeUInt16BE(headerChecksum(buffer, ip), ip + 10);
    return ip + 20;
  }
}

/** Linux' order: MSS, SACK permitted, timestamps, window scale in a SYN; NOP, NOP, timestamps after it. */
function writeOptions(flags, talker, listener, milliseconds, buffer, at) {
  const now = (talker.timestamps + milliseconds) >>> 0;
  if (flags & SYN) {
    buffer.writeUInt32BE(0x0204_05b4, at);
    buffer.writeUInt32BE(0x0402_080a, at + 4);
    buffer.writeUInt32BE(now, at + 8);
    buffer.writeUInt32BE(flags & ACK ? talker.echo : 0, at + 12);
    buffer.writeUInt32BE(0x0103_0307, at + 16);
  } else {
    buffer.writeUInt32BE(0x0101_080a, at);
    buffer.writeUInt32BE(now, at + 4);
    buffer.writeUInt32BE(talker.echo, at + 8);
  }
  listener.echo = now;
}

function headerChecksum(buffer, ip) {
  let sum = 0;
  for (let at = ip; at < ip + 20; at += 2) sum += buffer.readUInt16BE(at);
  sum = (sum & 0xffff) + (sum >>> 16);
  return ~(sum + (sum >>> 16)) & 0xffff;
}
