import type { Time } from '../base/time.js';
import { ANY_COUNT } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';

/** Services that are remembered; a scan that finds more of them than this teaches nothing of the others. */
const MOST = 1 << 16;

/** What is known of one listening socket. */
interface Listener {
  /** When it last completed a handshake. */
  handshake: Time;
  /** When the latest of those connections began that it answered. */
  answered: Time;
  /** How many it answered. */
  answers: number;
}

/**
 * When each service last completed a handshake, and the latest connection that it answered.
 *
 * A listener that completes a later handshake was not closed. And since the accept queue is first in, first out
 * (reqsk_queue_remove, net/ipv4/inet_connection_sock.c), whatever came before a connection that was answered had been
 * accepted.
 */
export class Listeners {
  private count = 0;
  /** By host, as `TupleTable.identity` has it, then by port. */
  private readonly byHost = new Map<number, Map<number, Listener>>();

  pack(to: Packer): void {
    to.number(this.count);
    for (const [host, ports] of this.byHost) {
      for (const [port, { handshake, answered, answers }] of ports) {
        [host, port, handshake, answered, answers].forEach((value) => to.number(value));
      }
    }
  }

  static unpack(from: Unpacker): Listeners {
    const listeners = new Listeners();
    for (let count = from.integer(0, MOST); count > 0; count--) {
      const [host, port] = [from.number(), from.integer(0, 0xffff)];
      listeners.noteHandshake(host, port, from.number());
      listeners.noteAnswers(host, port, from.number(), from.integer(0, ANY_COUNT));
    }
    return listeners;
  }

  noteHandshake(host: number, port: number, time: Time): void {
    const listener = this.of(host, port);
    if (listener !== null && time > listener.handshake) listener.handshake = time;
  }

  /** A connection that began at `start` was answered. */
  noteAnswer(host: number, port: number, start: Time): void {
    this.noteAnswers(host, port, start, 1);
  }

  /** How many connections the service answered. */
  answers(host: number, port: number): number {
    return this.byHost.get(host)?.get(port)?.answers ?? 0;
  }

  private noteAnswers(host: number, port: number, latest: Time, answers: number): void {
    const listener = this.of(host, port);
    if (listener === null) return;
    listener.answers += answers;
    if (latest > listener.answered) listener.answered = latest;
  }

  /** -Infinity where none was seen. */
  lastHandshake(host: number, port: number): Time {
    return this.byHost.get(host)?.get(port)?.handshake ?? -Infinity;
  }

  /** When the latest connection began that the service answered; -Infinity where none was seen. */
  lastAnswered(host: number, port: number): Time {
    return this.byHost.get(host)?.get(port)?.answered ?? -Infinity;
  }

  addAll({ byHost }: Listeners): void {
    for (const [host, ports] of byHost) {
      for (const [port, { handshake, answered, answers }] of ports) {
        this.noteHandshake(host, port, handshake);
        this.noteAnswers(host, port, answered, answers);
      }
    }
  }

  private of(host: number, port: number): Listener | null {
    let ports = this.byHost.get(host);
    const known = ports?.get(port);
    if (known !== undefined) return known;
    if (this.count === MOST) return null;
    this.count++;
    if (ports === undefined) this.byHost.set(host, ports = new Map());
    const listener = { handshake: -Infinity, answered: -Infinity, answers: 0 };
    ports.set(port, listener);
    return listener;
  }
}
