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
}

/** Conversations of many connections, to be written as one capture. Times are seconds; the road takes a millisecond each way. */
export class Conversations {
  readonly frames: Frame[] = [];
  private readonly files = scratch();
  private ports = 40_000;
  private written = 0;

  begin(ends: Ends = {}): Conversation {
    const { client = 1, server = 2, port = 80, clientPort = this.ports++ } = ends;
    return new Conversation(this.frames, [client, server], [clientPort, port]);
  }

  /** A SYN that a RST answers. */
  refused(time: number, ends: Ends = {}): void {
    const { client = 1, server = 2, port = 80, clientPort = this.ports++ } = ends;
    const conversation = new Conversation(this.frames, [client, server], [clientPort, port]);
    conversation.send(time, 'client', SYN);
    conversation.send(time + 0.001, 'server', RST | ACK);
  }

  /** The tap still listens at this time. */
  until(time: number): void {
    this.frames.push({ time, data: bytes(new Uint8Array(12).fill(2), u16(0x0806), new Uint8Array(46)) });
  }

  async analyze(options: AnalysisOptions = {}): Promise<Analysis> {
    return analyze([this.write()], options);
  }

  async diagnoses(options: AnalysisOptions = {}): Promise<readonly Diagnosis[]> {
    return (await this.analyze(options)).diagnoses;
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

/** One connection. What an end sends reaches the other, unless it is said to be lost. */
export class Conversation {
  private readonly sent: [number, number] = [1000, 500_000];
  private readonly heard: [number, number] = [0, 0];
  private readonly frames: Frame[];
  private readonly hosts: readonly [number, number];
  private readonly ports: readonly [number, number];
  private last: { readonly role: Role; readonly flags: number; readonly sequence: number; readonly payload: Uint8Array } | null = null;

  constructor(frames: Frame[], hosts: readonly [number, number], ports: readonly [number, number]) {
    this.frames = frames;
    this.hosts = hosts;
    this.ports = ports;
  }

  /** The handshake; with `attempts` SYNs, of which the last one is heard a second after the one before. */
  open(time: number, attempts = 1): this {
    this.send(time, 'client', SYN);
    for (let attempt = 1; attempt < attempts; attempt++) this.again(time + attempt, 'client');
    const begin = time + attempts - 1;
    this.send(begin + 0.001, 'server', SYN | ACK);
    return this.send(begin + 0.002, 'client', ACK);
  }

  /** A request and its answer, `after` seconds later, acknowledged. */
  exchange(time: number, after = 0.005, request: number | string = 100, answer: number | string = 200): this {
    return this.say(time, 'client', request).say(time + after, 'server', answer).send(time + after + 0.002, 'client', ACK);
  }

  /** New payload, so many bytes or a text. */
  say(time: number, role: Role, what: number | string, lost = false): this {
    const payload = typeof what === 'number' ? new Uint8Array(what).fill(46) : Buffer.from(what, 'latin1');
    return this.send(time, role, PSH | ACK, payload, lost);
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

  /** What was sent last, by whomever, once more. */
  again(time: number, role: Role): this {
    if (this.last?.role !== role) throw new Error('it was the other one who spoke last');
    const { flags, sequence, payload } = this.last;
    this.frame(time, role === 'client' ? 0 : 1, flags, sequence, payload, 64);
    return this;
  }

  send(time: number, role: Role, flags: number, payload: Uint8Array = new Uint8Array(0), lost = false): this {
    const end = role === 'client' ? 0 : 1;
    const sequence = this.sent[end];
    this.frame(time, end, flags, sequence, payload, 64);
    this.sent[end] += payload.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
    if (!lost) this.heard[1 - end] = this.sent[end];
    if (payload.length > 0 || (flags & SYN) !== 0) this.last = { role, flags, sequence, payload };
    return this;
  }

  private frame(time: number, end: 0 | 1, flags: number, sequence: number, payload: Uint8Array, ttl: number): void {
    const tcp = bytes(
      u16(this.ports[end]), u16(this.ports[1 - end]!), u32(sequence), u32(flags & ACK ? this.heard[end] : 0),
      u16((5 << 12) | flags), u16(flags & RST ? 0 : 501), u16(0), u16(0), payload,
    );
    const host = (index: number): Uint8Array => u32(0x0a000000 + this.hosts[index]!);
    const ip = bytes(0x45, 0, u16(20 + tcp.length), u16(0), u16(0x4000), ttl, 6, u16(0), host(end), host(1 - end));
    this.frames.push({ time, data: bytes(new Uint8Array(12).fill(2), u16(0x0800), ip, tcp) });
  }
}

/** `error idle-limit server 10.0.0.2`: what is to be held of a diagnosis in one line. */
export function inShort({ severity, id, by }: Diagnosis): string {
  return `${severity} ${id} ${by.role} ${by.address}`;
}
