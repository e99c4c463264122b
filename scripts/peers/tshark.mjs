import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const FIELDS = [
  'frame.number', 'tcp.stream', 'tcp.srcport', 'tcp.dstport', 'tcp.flags', 'tcp.seq_raw', 'tcp.len',
  'tcp.window_size_value', 'tcp.completeness', '_ws.malformed', '_ws.short',
];

/**
 * A row of `conv,tcp`: its two ends, then frames and bytes from the second to the first, and from the first to the
 * second.
 */
const CONVERSATION = /^(\S+):(\d+)\s+<->\s+(\S+):(\d+)\s+(\d+) \d+ \S+\s+(\d+) \d+ \S+\s/;

/** The first line of `tshark --version`; null where there is none. */
export async function tsharkVersion() {
  const tshark = spawn('tshark', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const failed = new Promise((resolve) => tshark.on('error', () => resolve(null)));
  const first = (async () => {
    for await (const line of createInterface({ input: tshark.stdout })) return line;
    return null;
  })();
  return Promise.race([failed, first]);
}

/**
 * What tshark says of a capture: of each frame with TCP in it, of each stream, and of each conversation.
 *
 * Reads it twice (`-2`): in the first pass a stream's completeness is shown before the frame itself is counted. Where a
 * frame has several TCP headers, they are those of the first. `length` is null where tshark does not know it, `failed`
 * where its dissection came to no end. Null where tshark cannot read the capture.
 */
export async function askTshark(file) {
  const tshark = spawn(
    'tshark',
    [
      '-n', '-2', '-r', file, '-T', 'fields', '-E', 'occurrence=f', ...FIELDS.flatMap((field) => ['-e', field]), '-z',
      'conv,tcp',
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const status = new Promise((resolve) => tshark.on('close', resolve));
  const frames = new Map();
  const completeness = new Map();
  const sent = new Map();
  let lines = 0;
  for await (const line of createInterface({ input: tshark.stdout })) {
    lines += 1;
    const cells = line.split('\t');
    if (cells.length === FIELDS.length) {
      if (cells[1] === '') continue;
      const [frame, stream, sourcePort, destinationPort, flags, sequence, length, window, complete] = cells.map(Number);
      const failed = cells.at(-1) !== '' || cells.at(-2) !== '';
      frames.set(frame, {
        stream, sourcePort, destinationPort, flags, sequence: sequence | 0, length: cells[6] === '' ? null : length,
        window, failed,
      });
      completeness.set(stream, (completeness.get(stream) ?? 0) | complete);
      continue;
    }
    const row = CONVERSATION.exec(line);
    if (row === null) continue;
    const [a, b] = [end(row[1], row[2]), end(row[3], row[4])];
    for (const [way, count] of [
      [`${b} > ${a}`, row[5]], [`${a} > ${b}`, row[6]],
    ])
      sent.set(way, (sent.get(way) ?? 0) + Number(count));
  }
  // Of a capture that is cut it tells what it read, and fails then.
  return (await status) !== 0 && lines === 0 ? null : { frames, completeness, sent };
}

/**
 * The end of a connection as all of us write it; what is no address stays as it is (tcptrace leaves out zeros twice in
 * one).
 */
export function end(address, port) {
  if (!address.includes(':')) return `${address}:${port}`;
  const url = `http://[${address}]`;
  return `[${URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : address}]:${port}`;
}
