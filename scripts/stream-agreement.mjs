/**
 * Holds our stream numbers against tshark's `tcp.stream`, frame by frame.
 *
 *   npm run agreement -- [FILE | FOLDER]...     default: captures/
 *
 * We follow Wireshark 4.4; Debian's tshark is 4.0, which opens fewer streams (packet-tcp.c of both). Where ours opens one and
 * tshark's goes on, the segment must be one of three that 4.4 treats otherwise; from there the stream is compared under
 * its new number. Exit status: 0 agreement (or no tshark here), 1 a difference that has no such reason, 2 a file that cannot be read.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
if (!existsSync(join(root, 'dist', 'capture', 'capture.js'))) {
  console.error('stream-agreement: there is no dist/; run npm run build first');
  process.exit(2);
}
const { CaptureError, openCapture } = await import('../dist/capture/capture.js');
const { IS_TCP, decode, isNumbered } = await import('../dist/decode/decode.js');
const { ACK, FIN, RST, SYN, Segment } = await import('../dist/decode/segment.js');
const { Fragments } = await import('../dist/decode/fragments.js');
const { FlowTable } = await import('../dist/flow/flow-table.js');

/** Where 4.4 opens a stream and 4.0 does not, for a SYN or SYN-ACK on a tuple that is known. */
const SYN_AGAIN = 'a SYN with the sequence number of the first one, after a FIN or RST';
const SYN_ACK_AGAIN = 'a SYN-ACK with the sequence number of the first one, after a FIN or RST';
const SYN_ACK_ANEW = 'a SYN-ACK with another sequence number';

/** Differences of one file that are printed. */
const SHOWN = 5;

/** What 4.4 remembers of a stream to judge the next SYN by: the first sequence number of each side, and whether it was closing. */
class Stream {
  base = [null, null];
  closing = false;

  /** Why this segment opens a new stream in 4.4 only; null if it should open one in both, or in neither. */
  reasonToEnd(segment, side) {
    const { flags, sequence } = segment;
    if (!(flags & SYN) || this.base[side] === null) return null;
    const again = sequence === this.base[side];
    if (!(flags & ACK)) return again && this.closing ? SYN_AGAIN : null;
    if (!again) return SYN_ACK_ANEW;
    return this.closing ? SYN_ACK_AGAIN : null;
  }

  take(segment, side) {
    const { flags, sequence, acknowledgment } = segment;
    this.base[side] ??= flags & SYN ? sequence : (sequence - 1) | 0;
    if (flags & ACK) this.base[1 - side] ??= (acknowledgment - 1) | 0;
    if (flags & RST || (flags & FIN && flags & ACK)) this.closing = true;
  }
}

/** Goes through one file beside tshark. */
class Comparison {
  frames = 0;
  streams = 0;
  /** Frames by the reason for which 4.4 opens a stream in them and 4.0 does not. */
  known = new Map();
  differences = [];
  /** Our streams by number, and for each of tshark's streams the one of ours that it now is. */
  ours = [];
  oursOfTheirs = [];

  add(frame, answer, segment, side, ours, theirs) {
    this.frames++;
    const skipped = ours > this.ours.length;
    const opened = ours >= this.ours.length;
    const reason = opened ? this.reason(segment, side, theirs) : null;
    while (ours >= this.ours.length) this.ours.push(new Stream());
    if (skipped) this.differ(`frame ${frame}: opens stream ${ours}, and the numbers before it were never used`);
    else if (theirs === undefined) this.differ(`frame ${frame}: stream ${ours}, but tshark sees no TCP`);
    else if (reason !== null) this.known.set(reason, [...(this.known.get(reason) ?? []), frame]);
    else if (opened && theirs < this.oursOfTheirs.length) this.differ(`frame ${frame}: opens stream ${ours}, and tshark goes on with ${theirs} (our ${this.oursOfTheirs[theirs]})`);
    else if (opened && theirs > this.oursOfTheirs.length) this.differ(`frame ${frame}: opens stream ${ours}, and tshark has skipped to ${theirs}`);
    else if (!opened && this.oursOfTheirs[theirs] !== ours) this.differ(`frame ${frame}: stream ${ours}, but tshark has ${theirs} (our ${this.oursOfTheirs[theirs] ?? 'next'})`);
    // From here on the two are taken for the same, so that one difference is told once.
    if (theirs !== undefined) this.oursOfTheirs[theirs] = ours;
    if (answer === IS_TCP) this.ours[ours].take(segment, side);
    this.streams = this.ours.length;
  }

  reason(segment, side, theirs) {
    const before = this.oursOfTheirs[theirs];
    return before === undefined ? null : this.ours[before].reasonToEnd(segment, side);
  }

  /** Frames in which tshark sees TCP and we do not. */
  missed(frames) {
    for (const frame of frames) this.differ(`frame ${frame}: tshark sees TCP and we do not`);
  }

  differ(what) {
    this.differences.push(what);
  }
}

/** `tcp.stream` of each frame that is a segment or, in an ICMP error, quotes one. */
async function streamsOfTshark(file) {
  const tshark = spawn('tshark', ['-n', '-r', file, '-Y', 'tcp.stream', '-T', 'fields', '-E', 'occurrence=f', '-e', 'frame.number', '-e', 'tcp.stream'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const streams = new Map();
  for await (const line of createInterface({ input: tshark.stdout })) {
    const [frame, stream] = line.split('\t');
    streams.set(Number(frame), Number(stream));
  }
  return streams;
}

async function compare(file) {
  const theirs = await streamsOfTshark(file);
  const comparison = new Comparison();
  const segment = new Segment();
  const fragments = new Fragments();
  const table = new FlowTable();
  const capture = await openCapture([file]);
  let frame = 0;
  for await (const batch of capture.batches()) {
    for (let index = 0; index < batch.count; index++) {
      frame++;
      const answer = decode(batch, index, segment, fragments);
      if (answer === IS_TCP) table.add(segment, frame, batch.time[index], batch.bytes);
      else if (isNumbered(answer)) table.addHeader(segment);
      else continue;
      comparison.add(frame, answer, segment, table.tuples.side, table.stream, theirs.get(frame));
      theirs.delete(frame);
    }
  }
  capture.close();
  comparison.missed(theirs.keys());
  return comparison;
}

/** Null where the file is none that we read, which is told. */
async function compareIfReadable(file) {
  try {
    return await compare(file);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    console.log(error.message);
    return null;
  }
}

function report(file, { frames, streams, known, differences }) {
  const verdict = differences.length === 0 ? 'agrees' : `${differences.length} DIFFERENCES`;
  console.log(`${relative('.', file)}: ${frames} frames, ${streams} streams: ${verdict}`);
  for (const [reason, at] of known) {
    console.log(`  as in 4.4, not in 4.0: ${reason} opens a stream (frame ${at.slice(0, SHOWN).join(', ')}${at.length > SHOWN ? `, … ${at.length} in all` : ''})`);
  }
  for (const difference of differences.slice(0, SHOWN)) console.log(`  ${difference}`);
  if (differences.length > SHOWN) console.log(`  … and ${differences.length - SHOWN} more`);
}

/** Files as they are; the captures of folders. */
function listFiles(paths) {
  return paths.flatMap((path) => {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path).filter((name) => /\.(pcap|pcapng|cap)$/.test(name)).sort().map((name) => join(path, name));
  });
}

/** The first line of `tshark --version`; null where there is none. */
async function tsharkVersion() {
  const tshark = spawn('tshark', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const failed = new Promise((resolve) => tshark.on('error', () => resolve(null)));
  const first = (async () => {
    for await (const line of createInterface({ input: tshark.stdout })) return line;
    return null;
  })();
  return Promise.race([failed, first]);
}

const version = await tsharkVersion();
if (version === null) {
  console.log('stream-agreement: SKIPPED, there is no tshark here (Debian: apt-get install tshark)');
  process.exit(0);
}
console.log(version);
try {
  const files = listFiles(process.argv.length > 2 ? process.argv.slice(2) : [join(root, 'captures')]);
  let frames = 0;
  let known = 0;
  let differences = 0;
  let unread = 0;
  for (const file of files) {
    const comparison = await compareIfReadable(file);
    if (comparison === null) {
      unread += 1;
      continue;
    }
    report(file, comparison);
    frames += comparison.frames;
    known += [...comparison.known.values()].flat().length;
    differences += comparison.differences.length;
  }
  console.log(`${files.length} files, ${frames} frames: ${known} known differences between 4.0 and 4.4, ${differences} unexplained`);
  process.exitCode = unread > 0 ? 2 : differences > 0 ? 1 : 0;
} catch (error) {
  console.error(`stream-agreement: ${error.message}`);
  process.exitCode = 2;
}
