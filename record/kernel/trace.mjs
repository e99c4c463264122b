import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const TRACEFS = '/sys/kernel/tracing';

/** The ports of the drawn scenarios. */
const PLAN_PORTS = 'sport >= 10000 && sport < 30000 && dport >= 10000 && dport < 30000';

/**
 * The kernel's events, and what it can filter of them by itself; where a RST was sent from has no ports to filter by.
 */
const EVENTS = { 'sock/inet_sock_set_state': 'protocol == 6', 'tcp/tcp_send_reset': null, 'tcp/tcp_receive_reset': '' };

/** Kilobytes for each processor: the events of some ten thousand connections. */
const BUFFER = 8192;

const living = new Set();
process.on('exit', () => {
  for (const trace of living) trace.remove();
});

/** What tracing lacks on this machine; null where it would work. Mounts tracefs where it is not. */
export function missingTrace() {
  if (!existsSync(join(TRACEFS, 'instances'))) spawnSync('mount', ['-t', 'tracefs', 'nodev', TRACEFS]);
  if (!existsSync(join(TRACEFS, 'instances'))) return `no tracefs at ${TRACEFS}`;
  const absent = Object.keys(EVENTS).filter((event) => !existsSync(join(TRACEFS, 'events', event, 'enable')));
  return absent.length === 0 ? null : `this kernel has no tracepoint ${absent.join(', ')}`;
}

let traces = 0;

/**
 * Follows the TCP sockets of this machine whose ports fit the filter, in a trace instance of its own; '' follows all of
 * them.
 */
export class Trace {
  #folder = join(TRACEFS, 'instances', `lastack-${process.pid}-${++traces}`);
  #offsetAtStart;

  constructor(ports = PLAN_PORTS) {
    mkdirSync(this.#folder);
    living.add(this);
    this.#set('trace_clock', 'mono');
    this.#set('buffer_size_kb', String(BUFFER));
    for (const [event, own] of Object.entries(EVENTS)) {
      const filter = own === null ? '' : [own, ports].filter(Boolean).join(' && ');
      if (filter !== '') this.#set(join('events', event, 'filter'), filter);
      this.#set(join('events', event, 'enable'), '1');
    }
    this.#offsetAtStart = clockOffset();
  }

  /** All events at these addresses so far, in order, as truth.ndjson has them. A listener's RST has no remote end. */
  events(addresses) {
    const offset = (this.#offsetAtStart + clockOffset()) / 2;
    const text = readFileSync(join(this.#folder, 'trace'), 'utf8');
    const [, kept, written] = /entries-in-buffer\/entries-written: (\d+)\/(\d+)/.exec(text) ?? [];
    if (kept !== written) throw new Error(`the kernel has overwritten ${written - kept} of ${written} trace events`);
    return text
      .split('\n')
      .flatMap((line) => parseTraceLine(line, offset))
      .filter(({ local }) => addresses.has(local.split('|')[0]));
  }

  remove() {
    if (!living.delete(this)) return;
    this.#set('tracing_on', '0');
    rmdirSync(this.#folder);
  }

  #set(file, value) {
    writeFileSync(join(this.#folder, file), value);
  }
}

/**
 * One event of the text that the kernel prints, or none. `offset` is what its clock lacks to the time of day, in
 * seconds.
 */
export function parseTraceLine(line, offset) {
  const [, seconds, event, rest] =
    /\s(\d+\.\d+): (inet_sock_set_state|tcp_send_reset|tcp_receive_reset): (.*)$/.exec(line) ?? [];
  if (event === undefined) return [];
  const t = Number(seconds) + offset;
  const field = (name) => new RegExp(`\\b${name}=(\\S+)`).exec(rest)?.[1];
  if (event === 'tcp_send_reset') {
    return [
      {
        t, e: 'send_reset', local: endOf(field('src')), remote: endOf(field('dest')), state: bare(field('state')),
        reason: field('reason'),
      },
    ];
  }
  const [from, to] = field('family') === 'AF_INET6' ? ['saddrv6', 'daddrv6'] : ['saddr', 'daddr'];
  const ends = { local: `${field(from)}|${field('sport')}`, remote: `${field(to)}|${field('dport')}` };
  if (event === 'tcp_receive_reset') return [{ t, e: 'recv_reset', ...ends }];
  return [{ t, e: 'state', ...ends, from: bare(field('oldstate')), to: bare(field('newstate')) }];
}

/** 10.0.0.1:80 or [fd00::1]:80 */
function endOf(text) {
  const colon = text.lastIndexOf(':');
  return `${text.slice(0, colon).replace(/[[\]]/g, '')}|${text.slice(colon + 1)}`;
}

function bare(state) {
  return state.replace(/^TCP_/, '');
}

/** CLOCK_REALTIME less CLOCK_MONOTONIC in seconds: the shortest of many looks, undisturbed by the scheduler. */
function clockOffset() {
  const look = 'import time as t; c=t.clock_gettime_ns; m,r=t.CLOCK_MONOTONIC,t.CLOCK_REALTIME; '
    + 'print(min((lambda a,b,d:(d-a,b-(a+d)//2))(c(m),c(r),c(m)) for _ in range(2000))[1]/1e9)';
  const { stdout, status, stderr } = spawnSync('python3', ['-c', look], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the clocks could not be compared: ${stderr}`);
  return Number(stdout);
}
