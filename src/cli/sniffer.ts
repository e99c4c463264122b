import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { inPath } from '../tui/outside/packets.js';
import { CommandError } from './failure.js';

/** A program that captures packets and writes them to its stdout. */
interface Program {
  readonly name: 'dumpcap' | 'tcpdump';
  args(device: string | undefined, filter: string): string[];
}

/** Buffers for bursts, in the kernel: 16 MiB each. `-U` and dumpcap itself hand on every packet at once. */
const programs: readonly Program[] = [
  {
    name: 'dumpcap',
    args: (device, filter) => [
      '-q', '-B', '16', ...(device === undefined ? [] : ['-i', device]), ...(filter === '' ? [] : ['-f', filter]), '-w',
      '-',
    ],
  },
  {
    name: 'tcpdump',
    args: (device, filter) => [
      '-U', '-n', '-B', '16384', ...(device === undefined ? [] : ['-i', device]), '-w', '-',
      ...(filter === '' ? [] : [filter]),
    ],
  },
];

/** Bytes of its stderr that are kept. */
const MOST_WORDS = 4096;

/** Packets as they are captured. */
export interface Sniffer {
  readonly name: string;
  readonly packets: Readable;
  /** Ends the program. */
  stop(): void;
}

/**
 * Starts dumpcap or tcpdump, whichever is there and may capture, and answers once the first bytes have come.
 *
 * @throws CommandError that says what to install, or which right is missing
 */
export async function startSniffer(device: string | undefined, filter: string): Promise<Sniffer> {
  const failures: { name: string; words: string }[] = [];
  for (const program of programs) {
    const outcome = await start(program, device, filter);
    if ('packets' in outcome) return outcome;
    if (outcome.words !== null) failures.push({ name: program.name, words: outcome.words });
  }
  throw new CommandError(explain(failures, device));
}

/**
 * Runs a program until its end, or until stdin ends: that of a pipe comes with any end of the process that holds it,
 * `kill -9` too, and with the rights that the program has, when those that started it are given up.
 */
const GUARD = 'exec 3<&0; (read -r _ <&3; kill -TERM $$) >/dev/null 2>&1 & exec 3<&-; exec "$@" </dev/null';

/** `words` is null where the program is not there. */
function start(
  program: Program, device: string | undefined, filter: string,
): Promise<Sniffer | { words: string | null }> {
  const file = inPath(program.name);
  if (file === null) return Promise.resolve({ words: null });
  return new Promise((resolve) => {
    // In a process group of its own: Ctrl-C is a key of the screen, and ends the sniffer only when the screen says so.
    const child = spawn('/bin/sh', ['-c', GUARD, 'sh', file, ...program.args(device, filter)], {
      stdio: ['pipe', 'pipe', 'pipe'], detached: true,
    });
    child.stdin.on('error', () => {}); // It has ended first.
    let words = '';
    let stopped = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-MOST_WORDS);
    });
    const stop = (): void => {
      stopped = true;
      child.stdin.destroy();
    };
    const ended = new Promise<string | null>((resolve) => {
      child.once('close', (status, signal) =>
        resolve(stopped || status === 0 ? null : howItEnded(program.name, signal, words)),
      );
    });
    // Not read ahead (a high-water mark of 0, below): a stream that fails drops what it had read and nobody had asked
    // for.
    async function* packets(): AsyncGenerator<Buffer> {
      yield* child.stdout as AsyncIterable<Buffer>;
      const failure = await ended;
      if (failure !== null) throw new Error(failure);
    }
    process.once('exit', stop);
    child.once('close', () => process.off('exit', stop));
    child.once('error', () => resolve({ words: null }));
    child.once('close', () => resolve({ words }));
    // Not once: when the program ends, Node lets go of what came and has no listener yet.
    child.stdout.on('readable', () => {
      if (child.stdout.readableLength > 0)
        resolve({ name: program.name, packets: Readable.from(packets(), { highWaterMark: 0 }), stop });
    });
  });
}

/** A capture that ends by itself looks like a network gone silent, unless it is told. */
function howItEnded(name: string, signal: NodeJS.Signals | null, words: string): string {
  if (signal !== null) return `${name} was ended by ${signal}`;
  return `${name} ended: ${lastLine(words).replace(/^(?:[\w-]+: )+/, '')}`;
}

function explain(failures: readonly { name: string; words: string }[], device: string | undefined): string {
  if (failures.length === 0)
    return (
      'neither dumpcap nor tcpdump is installed: apt install tcpdump, dnf install tcpdump, apk add tcpdump or brew ' +
      'install tcpdump'
    );
  const said = failures.map(({ name, words }) => `${name}: ${lastLine(words)}`).join('; ');
  if (failures.some(({ words }) => /permission|not permitted|privilege/i.test(words))) {
    const name = failures[0]?.name;
    return (
      `no right to capture${device === undefined ? '' : ` on ${device}`}: use sudo, or give ${name} the right with ` +
      `sudo setcap cap_net_raw,cap_net_admin+eip "$(command -v ${name})" (${said})`
    );
  }
  return `nothing can be captured${device === undefined ? '' : ` on ${device}`}: ${said}`;
}

/** What a program says last is what ended it; what it says about itself at the beginning is not. */
function lastLine(words: string): string {
  return (
    words
      .trim()
      .split('\n')
      .map((line) => line.trim())
      .findLast((line) => line !== '' && !/^0? ?packets? |^Capturing on|^File:/i.test(line)) ??
    'it ended without a word'
  );
}
