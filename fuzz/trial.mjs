import { Readable } from 'node:stream';
import { Bender } from './bender.mjs';
import { randomFile } from './files.mjs';

const { Analyzer } = await import('../dist/analyzer.js');
const { CaptureError, openCapture } = await import('../dist/capture/capture.js');
const { chunks } = await import('../dist/report/chunks.js');
const { ndjson } = await import('../dist/report/ndjson.js');

/** Milliseconds after which an input counts as a hang. */
const PATIENCE = 2000;

/** Of the numbers in an input, those that are bent: none, few, many. */
const SHARES = [0, 0.002, 0.01, 0.05, 0.2];

/** The input that belongs to a seed, always the same. */
export function inputOf(seed) {
  const bender = new Bender(seed, SHARES[seed % SHARES.length]);
  return randomFile(bender);
}

/**
 * Reads one input through to its report. Answers what kind it was, what was in it, and what is wrong with how it was read: null if nothing.
 */
export async function trial(seed) {
  const { kind, bytes } = inputOf(seed);
  const begin = performance.now();
  const outcome = await read(bytes);
  const time = performance.now() - begin;
  const fault = outcome.fault ?? (time > PATIENCE ? `took ${Math.round(time)} ms` : null);
  return { kind, bytes, time, ...outcome, fault };
}

async function read(bytes) {
  try {
    const capture = await openCapture(['-'], { stdin: Readable.from([bytes]) });
    try {
      return await tell(capture);
    } finally {
      capture.close();
    }
  } catch (error) {
    const refused = error instanceof CaptureError;
    return { packets: 0, segments: 0, damage: 0, refused, fault: refused ? null : String(error.stack) };
  }
}

function sum(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}

async function tell(capture) {
  const analyzer = new Analyzer(capture, {});
  for await (const batch of capture.batches()) analyzer.feed(batch);
  const analysis = analyzer.analysis();
  for (const line of chunks(ndjson(analysis))) JSON.stringify(line);
  const { packets, tcpPackets, skipped, damage } = analysis.capture;
  const inConnections = sum([...analysis.connections()].map((connection) => connection.packets.client + connection.packets.server));
  const laws = [
    [packets === tcpPackets + sum(Object.values(skipped)), 'every packet is a segment or has a reason why not'],
    [inConnections === tcpPackets, `${tcpPackets} segments, but ${inConnections} in the connections`],
    [damage.every(({ offset, what }) => offset >= 0 && what !== ''), 'damage has a place and words'],
  ];
  const broken = laws.filter(([holds]) => !holds).map(([, law]) => law);
  return { packets, segments: tcpPackets, damage: damage.length, refused: false, fault: broken.length > 0 ? `broken: ${broken.join('; ')}` : null };
}
