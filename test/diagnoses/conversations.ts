import { analyze } from '../../src/analysis/analyze.js';
import type { Analysis, AnalysisOptions, Diagnosis, Role } from '../../src/analysis/model.js';
import { ACK, FIN, PSH, RST, SYN } from '../../src/decode/segment.js';
import { bytes, order, pcapWriter } from '../capture/build.js';
import { scratch } from '../capture/read.js';

const { u16, u32 } = order(false);

interface Frame {
  readonly time: number;
  readonly data: Uint8Array;
}

export interface Ends {
  /** Last numbers of the addresses 10.0.0.N. */
  readonly client?: number;
  readonly server?: number;
  readonly port?: number;
  readonly clientPort?: number;
  /** fd00::N in place of 10.0.0.N. */
  readonly ip6?: boolean;
  /** Of their segments but RSTs. */
  readonly clientTtl?: number;
  readonly serverTtl?: number;
  /** Initial sequence numbers of client and server. */
  readonly sequences?: readonly [number, number];
  /** Options of both SYNs; and whether both send timestamps, in milliseconds. */
  readonly options?: readonly number[];
  readonly timestamps?: boolean;
}

/** What is the same of all segments of one conversation. */
interface Habits {
  readonly ip6: boolean;
  readonly ttls: readonly [number, number];
  readonly options: readonly number[];
  readonly timestamps: boolean;
}

/** Options of the SYNs of Linux, Windows and macOS, and of a small stack, which has none but the size of a segment. */
export const SYN_OF = {
  linux: [2, 4, 5, 0xb4, 4, 2, 1, 3, 3, 7, 1, 1], windows: [2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2],
  macos: [2, 4, 5, 0xb4, 1, 3, 3, 6, 4, 2, 1, 1], small: [2, 4, 5, 0xb4],
} as const;

/**
 * Conversations of many connections, to be written as one capture. Times are seconds; the road takes a millisecond
 * each way.
 */
export class Conversations {
  readonly frames: Frame[] = [];
  private readonly files = scratch();
  private ports = 40_000;
  private written = 0;

  begin(ends: Ends = {}): Conversation {
    const { client = 1, server = 2, port = 80, clientPort = this.ports++, sequences = [1000, 500_000] } = ends;
    const { ip6 = false, clientTtl = 64, serverTtl = 64, options = [], timestamps = false } = ends;
    const habits = { ip6, ttls: [clientTtl, serverTtl] as const, options, timestamps };
    return new Conversation(this.frames, [client, server], [clientPort, port], habits, sequences);
  }

  /** A SYN that a RST answers. */
  refused(time: number, ends: Ends = {}, ttl = 64): void {
    const conversation = this.begin(ends);
    conversation.send(time, 'client', SYN);
    conversation.reset(time + 0.001, 'server', { ttl });
  }

  /** The tap still listens at this time. */
  until(time: number): void {
    this.frames.push({ time, data: bytes(new Uint8Array(12).fill(2), u16(0x0806), new Uint8Array(46)) });
  }

  async analyze(options: AnalysisOptions = {}): Promise<Analysis> {
    return analyze([this.write()], options);
  }

  async diagnoses(options: AnalysisOptions = {}): Promise<readonly Diagnosis[]> {
    const { diagnoses } = await this.analyze(options);
    const [twice] = toldTwice(diagnoses);
    if (twice !== undefined) throw new Error(twice);
    return diagnoses;
  }

  write(): string {
    const { header, record } = pcapWriter();
    const packets = this.frames.toSorted((a, b) => a.time - b.time).map(({ time, data }) => {
      const microseconds = Math.round(time * 1e6);
      return record({ seconds: 1_795_169_041 + Math.floor(microseconds / 1e6), fraction: microseconds % 1e6, data });
    });
    return this.files.write(`conversations-${this.written++}.pcap`, bytes(header, ...packets));
  }
}

/** Connections that are told as harmed in two stories: one fault is one story. */
function toldTwice(diagnoses: readonly Diagnosis[]): string[] {
  const loud = diagnoses.filter(({ severity }) => severity !== 'info');
  return loud.flatMap(({ id, connections }, place) =>
    loud.slice(0, place).flatMap((other) => {
      const both = connections.filter((connection) => other.connections.includes(connection)).length;
      return both === 0 ? [] : [`${both} connections are of ${other.id}, and of ${id}`];
    }),
  );
}

/** One connection. What an end sends reaches the other, unless it is said to be lost. */
export class Conversation {
  private readonly sent: [number, number];
  private readonly heard: [number, number] = [0, 0];
  private readonly frames: Frame[];
  private readonly hosts: readonly [number, number];
  private readonly ports: readonly [number, number];
  private last: {
    readonly role: Role;
    readonly flags: number;
    readonly sequence: number;
    readonly payload: Uint8Array;
  } | null = null;

  private readonly habits: Habits;
  private readonly ttls: readonly [number, number];

  constructor(
    frames: Frame[], hosts: readonly [number, number], ports: readonly [number, number], habits: Habits,
    sequences: readonly [number, number],
  ) {
    this.frames = frames;
    this.habits = habits;
    this.ttls = habits.ttls;
    this.hosts = hosts;
    this.ports = ports;
    this.sent = [...sequences];
  }

  /** The handshake; with `attempts` SYNs, of which the last one is heard a second after the one before. */
  open(time: number, attempts = 1): this {
    this.send(time, 'client', SYN);
    for (let attempt = 1; attempt < attempts; attempt++) this.again(time + attempt, 'client');
    const begin = time + attempts - 1;
    this.send(begin + 0.001, 'server', SYN | ACK);
    return this.send(begin + 0.002, 'client', ACK);
  }

  /** It has stood since before the capture: both know each other's numbers. */
  standing(): this {
    this.heard[0] = this.sent[1];
    this.heard[1] = this.sent[0];
    return this;
  }

  /** A SYN with these flags that is not heard; the next one has the same number. */
  begins(time: number, flags: number): this {
    this.frame(time, 0, flags, this.sent[0], new Uint8Array(0), this.ttls[0]);
    return this;
  }

  /** A request and its answer, `after` seconds later, acknowledged. */
  exchange(time: number, after = 0.005, request: number | string = 100, answer: number | string = 200): this {
    return this.say(time, 'client', request)
      .say(time + after, 'server', answer)
      .send(time + after + 0.002, 'client', ACK);
  }

  /** New payload, so many bytes or a text. */
  say(time: number, role: Role, what: number | string, lost = false): this {
    const payload = typeof what === 'number' ? new Uint8Array(what).fill(46) : Buffer.from(what, 'latin1');
    return this.send(time, role, PSH | ACK, payload, lost);
  }

  /** So many bytes that the end sends never reach tap and peer. */
  skip(role: Role, length: number): this {
    this.sent[role === 'client' ? 0 : 1] += length;
    return this;
  }

  acknowledge(time: number, role: Role): this {
    return this.send(time, role, ACK);
  }

  /** The FIN, and its acknowledgment unless it crosses something. */
  close(time: number, role: Role, isHeard = true): this {
    this.send(time, role, FIN | ACK, new Uint8Array(0), !isHeard);
    return isHeard ? this.send(time + 0.002, role === 'client' ? 'server' : 'client', ACK) : this;
  }

  reset(time: number, role: Role, { bare = false, ttl = 64 } = {}): this {
    const end = role === 'client' ? 0 : 1;
    this.frame(time, end, bare ? RST : RST | ACK, this.sent[end], new Uint8Array(0), ttl);
    return this;
  }

  /** The RST by which an end answers what it does not know: without ACK, at the number that its peer expects. */
  refuses(time: number, role: Role): this {
    const end = role === 'client' ? 0 : 1;
    this.frame(time, end, RST, this.heard[1 - end]!, new Uint8Array(0), this.ttls[end]);
    return this;
  }

  /** What the peer lost was heard at last. */
  heals(role: Role): this {
    const end = role === 'client' ? 0 : 1;
    this.heard[1 - end] = this.sent[end];
    return this;
  }

  /** A conversation that goes on from another port of the client's NAT. */
  movedTo(clientPort: number): Conversation {
    const moved = new Conversation(this.frames, this.hosts, [clientPort, this.ports[1]], this.habits, this.sent);
    moved.heard.splice(0, 2, ...this.heard);
    return moved;
  }

  /** What was sent last, by whomever, once more. */
  again(time: number, role: Role): this {
    if (this.last?.role !== role) throw new Error('it was the other one who spoke last');
    const { flags, sequence, payload } = this.last;
    this.frame(time, role === 'client' ? 0 : 1, flags, sequence, payload, this.ttls[role === 'client' ? 0 : 1]);
    return this;
  }

  /** A window of so many bytes; it acknowledges all that was heard. */
  window(time: number, role: Role, window: number): this {
    const end = role === 'client' ? 0 : 1;
    this.frame(time, end, ACK, this.sent[end], new Uint8Array(0), this.ttls[end], window);
    return this;
  }

  /**
   * Asks whether the peer is there, or has room: below the next number (tcp_xmit_probe_skb), with a byte where the
   * system is one that sends it (RFC 1122 §4.2.3.6).
   */
  probe(time: number, role: Role, bytesOfIt: 0 | 1 = 0): this {
    const end = role === 'client' ? 0 : 1;
    this.frame(time, end, ACK, this.sent[end] - 1, new Uint8Array(bytesOfIt), this.ttls[end]);
    return this;
  }

  /** The SYN or SYN-ACK of an end once more. */
  repeated(time: number, role: Role, acknowledgment: 0 | 1): this {
    const end = role === 'client' ? 0 : 1;
    this.frame(
      time, end, acknowledgment === 0 ? SYN : SYN | ACK, this.sent[end] - 1, new Uint8Array(0), this.ttls[end],
    );
    return this;
  }

  /**
   * An ICMP error of 10.0.0.`by` that quotes what was sent last: 13 administratively prohibited, 3 port unreachable, 4
   * too large.
   */
  unreachable(time: number, by: number, code: number, mtu = 0): this {
    const { data } = this.frames.findLast((frame) => frame.time <= time && frame.data.length >= 54)!;
    const quoted = data.slice(14, 14 + 28);
    const icmp = bytes(3, code, u16(0), u16(0), u16(mtu), quoted);
    const ip = bytes(
      0x45, 0, u16(20 + icmp.length), u16(0), u16(0), 64, 1, u16(0), u32(0x0a000000 + by), quoted.slice(12, 16),
    );
    this.frames.push({ time, data: bytes(new Uint8Array(12).fill(2), u16(0x0800), ip, icmp) });
    return this;
  }

  send(time: number, role: Role, flags: number, payload: Uint8Array = new Uint8Array(0), lost = false): this {
    const end = role === 'client' ? 0 : 1;
    const sequence = this.sent[end];
    this.frame(time, end, flags, sequence, payload, this.ttls[end]);
    this.sent[end] += payload.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
    if (!lost) this.heard[1 - end] = this.sent[end];
    if (payload.length > 0 || (flags & SYN) !== 0) this.last = { role, flags, sequence, payload };
    return this;
  }

  private frame(
    time: number, end: 0 | 1, flags: number, sequence: number, payload: Uint8Array, ttl: number, window = 501,
  ): void {
    const options = this.optionsOf(time, end, flags);
    const tcp = bytes(
      u16(this.ports[end]), u16(this.ports[1 - end]!), u32(sequence), u32(flags & ACK ? this.heard[end] : 0),
      u16(((20 + options.length) << 10) | flags), u16(flags & RST ? 0 : window), u16(0), u16(0), options, payload,
    );
    const host = (index: number): Uint8Array =>
      this.habits.ip6 ? bytes(0xfd, new Uint8Array(14), this.hosts[index]!) : u32(0x0a000000 + this.hosts[index]!);
    const ip = this.habits.ip6 ? bytes(u32(0x60000000), u16(tcp.length), 6, ttl, host(end), host(1 - end))
      : bytes(0x45, 0, u16(20 + tcp.length), u16(0), u16(0x4000), ttl, 6, u16(0), host(end), host(1 - end));
    const type = u16(this.habits.ip6 ? 0x86dd : 0x0800);
    this.frames.push({ time, data: bytes(new Uint8Array(12).fill(2), type, ip, tcp) });
  }

  /** Each end counts milliseconds from a number of its own. */
  private optionsOf(time: number, end: 0 | 1, flags: number): Uint8Array {
    const ofSyn = flags & SYN ? new Uint8Array(this.habits.options) : new Uint8Array(0);
    if (!this.habits.timestamps || flags & RST) return ofSyn;
    const now = Math.floor(time * 1000);
    return bytes(
      ofSyn, 1, 1, 8, 10, u32(now + 7_000_000 * (end + 1)), u32(flags & ACK ? now + 7_000_000 * (2 - end) : 0),
    );
  }
}

/** `error idle-limit server 10.0.0.2`: what is to be held of a diagnosis in one line. */
export function inShort({ severity, id, by }: Diagnosis): string {
  return `${severity} ${id} ${by.role} ${by.address}`;
}
