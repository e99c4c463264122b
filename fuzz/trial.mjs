import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Choice } from './choice.mjs';
import { compressed } from './compress.mjs';
import { randomFile } from './files.mjs';
import { FORMATS, check } from './formats.mjs';
import { mutant } from './mutate.mjs';

const { Pipeline } = await import('../dist/analysis/pipeline.js');
const { CaptureError, openCapture } = await import('../dist/capture/capture.js');
const { extract } = await import('../dist/extract/extract.js');
const { chunks } = await import('../dist/report/chunks.js');
const { ndjson } = await import('../dist/report/ndjson.js');

/** Milliseconds after which an input counts as a hang. */
export const PATIENCE = 2000;

/** Inputs made of the same capture: making one takes as long as reading several. */
const MUTANTS = 16;

/** Bytes of an input in memory at once, to begin with: from less than a header to more than most inputs. */
const BLOCKS = [128, 512, 4096, 65_536];

/** Of the inputs: setting up a decompressor takes as long as reading ten of them. */
const COMPRESSED = 0.004;

/** Inputs between two that are known to be good: what a bad one left behind in this process would show in these. */
const BETWEEN = 200;

/** Of the inputs: they go through a file, which is read again for ladders and extracts. */
const FROM_FILES = 0.05;

const folder = mkdtempSync(join(tmpdir(), 'lastack-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

let latest = { seed: NaN, file: null };

/** The capture that the inputs of this seed and its neighbours are made of. */
function fileOf(seed) {
  const first = Math.floor(seed / MUTANTS);
  if (latest.seed !== first) latest = { seed: first, file: randomFile(new Choice(first)) };
  return latest.file;
}

/**
 * The input that belongs to a seed, always the same: what kind it is, its bytes in the pieces in which they come, and
 * the memory to read them with.
 */
export function inputOf(seed) {
  const { format, whole, starts } = fileOf(seed);
  const choice = new Choice(~seed);
  const plain = mutant(choice, whole, starts);
  const packing = choice.chance(COMPRESSED) ? choice.pick(['gz', 'lz4', 'zst']) : null;
  const bytes = packing === null ? plain : compressed(choice, packing, plain);
  const half = choice.chance(0.25) ? choice.between(0, bytes.length) : 0;
  return {
    kind: packing === null ? format : `${format}.${packing}`, bytes,
    pieces: half === 0 ? [bytes] : [bytes.subarray(0, half), bytes.subarray(half)], block: choice.pick(BLOCKS),
  };
}

/** What an input is put through, by its seed, so that one that was found is read the same way again. */
function planOf(seed, kind) {
  const choice = new Choice(seed ^ 0x5a5a_5a5a);
  return {
    reader: kind === 'pcap' && choice.chance(0.05) ? 'pcap-parser' : 'lastack',
    findingsOnly: choice.chance(0.2),
    netstat: choice.chance(0.1),
    format: choice.pick(FORMATS),
    fromFile: choice.chance(FROM_FILES),
    choice,
  };
}

/**
 * Reads one input through to its report. Answers what kind it was, what was in it, and what is wrong with how it was
 * read: null if nothing.
 */
export async function trial(seed) {
  const input = inputOf(seed);
  const { kind, bytes } = input;
  const between = seed % BETWEEN === 0 ? await goodOnes() : null;
  const begin = performance.now();
  const work = process.cpuUsage();
  const outcome = await read(input, planOf(seed, kind));
  const { user, system } = process.cpuUsage(work);
  // On a machine that others use as well a process waits for its turn; all of its threads work for what they are
  // counted.
  const time = Math.min(performance.now() - begin, (user + system) / 1000);
  const fault = between ?? outcome.fault ?? (time > PATIENCE ? `took ${Math.round(time)} ms` : null);
  return { kind, bytes, time, ...outcome, fault };
}

async function read({ pieces, block }, plan) {
  try {
    const path = plan.fromFile ? join(folder, 'input.capture') : '-';
    if (plan.fromFile) writeFileSync(path, Buffer.concat(pieces));
    // A file is read again as everybody's is: how long its record headers are shows in as much as lies in memory.
    const capture = await openCapture([path], {
      stdin: Readable.from(pieces), reader: plan.reader, ...(plan.fromFile ? {} : { block }),
    });
    try {
      return await tell(capture, plan);
    } finally {
      capture.close();
    }
  } catch (error) {
    const refused = error instanceof CaptureError;
    return { packets: 0, segments: 0, damage: 0, refused, fault: refused ? null : String(error.stack) };
  }
}

/** All connections as a capture, which is read again. */
async function extractOf(analysis) {
  const pieces = [];
  for await (const piece of extract(analysis, () => true, {}, { connections: 0, packets: 0 }))
    pieces.push(Buffer.from(piece));
  const again = await openCapture(['-'], { stdin: Readable.from(pieces) });
  const pipeline = new Pipeline(again, {});
  try {
    for await (const batch of again.batches()) pipeline.feed(batch);
    const { packets, skipped } = pipeline.inputs([pipeline.result()]).capture;
    // ICMP errors about its connections stand beside their segments. Of a datagram in fragments it has the last one.
    const errors = skipped['icmp: quotes a TCP segment'] ?? 0;
    return { segments: packets - errors, damage: again.damage };
  } finally {
    again.close();
  }
}

/** The first one of some length that is made of a seed, undamaged. */
const goodFile = (() => {
  for (let seed = 1; ; seed += 1) {
    const { whole, starts } = randomFile(new Choice(seed));
    if (starts.length > 20) return whole.bytes;
  }
})();

/** A capture, plain and in every compression, and what is told of it first. */
const good = ['', 'gz', 'lz4', 'zst'].map((packing) => {
  const choice = new Choice(1);
  return packing === '' ? goodFile : compressed(choice, packing, goodFile, false);
});
let toldOfGood = null;

/** Reads what is known to be good; answers what is wrong with how it was read: null if it is what it was before. */
async function goodOnes() {
  const told = [];
  for (const bytes of good) {
    const capture = await openCapture(['-'], { stdin: Readable.from([bytes]) });
    const pipeline = new Pipeline(capture, {});
    for await (const batch of capture.batches()) pipeline.feed(batch);
    const { connectionCount, findings, capture: { packets, tcpPackets, damage } } = pipeline.analysis();
    told.push(
      JSON.stringify({ connectionCount, findings: findings.length, packets, tcpPackets, damage: damage.length }),
    );
    capture.close();
  }
  toldOfGood ??= told[0];
  const other = told.findIndex((each) => each !== toldOfGood);
  return other < 0
    ? null
    : `a good capture (${['plain', 'gz', 'lz4', 'zst'][other]}) is read otherwise between bad ones: ${told[other]}, ` +
        `before ${toldOfGood}`;
}

function sum(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}

async function tell(capture, { findingsOnly, netstat, format, fromFile, choice, reader }) {
  const pipeline = new Pipeline(capture, { findingsOnly, reader });
  for await (const batch of capture.batches()) pipeline.feed(batch);
  const analysis = pipeline.analysis();
  let inConnections = 0;
  const counted = {
    ...analysis,
    *connections() {
      for (const connection of analysis.connections()) {
        inConnections += connection.packets.client + connection.packets.server;
        yield connection;
      }
    },
  };
  for (const lines of chunks(ndjson(counted))) for (const line of String(lines).trimEnd().split('\n')) JSON.parse(line);
  if (format !== 'html' || fromFile) await check(analysis, format, choice);
  const extracted = fromFile ? await extractOf(analysis) : null;
  const { packets, tcpPackets, skipped, damage, first, last } = analysis.capture;
  const sockets = netstat && first !== null ? analysis.sockets(first + (last - first) / 2) : [];
  const laws = [
    [packets === tcpPackets + sum(Object.values(skipped)), 'every packet is a segment or has a reason why not'],
    [
      inConnections === tcpPackets || (findingsOnly && inConnections < tcpPackets),
      `${tcpPackets} segments, but ${inConnections} in the connections`,
    ],
    [damage.every(({ offset, what }) => offset >= 0 && what !== ''), 'damage has a place and words'],
    [extracted === null || extracted.damage.length === 0, `the extract is damaged: ${extracted?.damage[0]?.what}`],
    [
      extracted === null || findingsOnly || extracted.segments === tcpPackets,
      `${tcpPackets} segments, but ${extracted?.segments} in the extract`,
    ],
    [sockets.every(({ state }) => state !== 'CLOSED'), 'a socket has a state'],
  ];
  const broken = laws.filter(([holds]) => !holds).map(([, law]) => law);
  return {
    packets, segments: tcpPackets, damage: damage.length, refused: false,
    fault: broken.length > 0 ? `broken: ${broken.join('; ')}` : null,
  };
}
