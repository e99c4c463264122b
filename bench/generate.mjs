/**
 * Makes a capture of any size: the same bytes for the same options.
 *
 *     node bench/generate.mjs FILE [--packets 600k] [--flows 40k] [--bytes 200M] [--seed 1] [--rate 2000] [--noise]
 *
 * With --noise payloads are random letters, which compress as real ones do; else they are of a few kilobytes that
 * repeat. Flows are exactly as many as asked for; packets and bytes come within some per cent, since endings are drawn
 * by lot.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { PcapFile } from './pcap-file.mjs';
import { parseQuantity } from './quantities.mjs';
import { Random } from './random.mjs';
import { STORIES } from './stories.mjs';
import { Talk } from './talk.mjs';
import { Timeline } from './timeline.mjs';

/** 2026-01-01 UTC, in microseconds. */
const BEGIN = 1_767_225_600e6;
/** New connections a second, unless said otherwise. */
const RATE = 2000;
const IPV6 = 0.1;
const SERVICES = 40;
/** Ethernet, IPv4 and TCP with timestamps, behind a record header. */
const OVERHEAD = 16 + 14 + 20 + 32;
/**
 * Packets of an average story besides its payload segments and their acknowledgments: measured, as is the ratio of
 * these two.
 */
const FRAME_OF_A_STORY = 6.6;
const PACKETS_A_SEGMENT = 1.36;
const FULL_SEGMENT = 1448;

/**
 * @param {string} path
 * @param {{ packets: number, flows: number, bytes: number, seed?: number, rate?: number, noise?: boolean }} size
 * `rate`: new connections a second
 * @returns {{ packets: number, flows: number, bytes: number }} what it came to
 */
export function generate(path, { packets, flows, bytes, seed = 1, rate = RATE, noise = false }) {
  const random = new Random(seed * 0x9e3779b1);
  const payloads = noise ? randomLetters() : undefined;
  const segments = Math.max((packets / flows - FRAME_OF_A_STORY) / PACKETS_A_SEGMENT, 0.5);
  const length = lengths(random, (bytes / packets - OVERHEAD) * (packets / flows) / segments);
  const file = new PcapFile(path);
  const timeline = new Timeline();
  const interval = 1e6 / rate;
  let opened = 0;
  let opensAt = BEGIN;
  for (;;) {
    while (opened < flows && opensAt <= timeline.next) {
      play(timeline, opensAt, opening(opened, flows, random, segments, length, payloads));
      opened += 1;
      opensAt += interval;
    }
    if (timeline.next === Infinity) break;
    const { time, item } = timeline.take();
    emit(file, item, time);
    play(timeline, time, item);
  }
  file.close();
  return { packets: file.packets, flows, bytes: file.bytes };
}

/**
 * A connection about to begin. Hosts take their ports in turn, so that no tuple is used twice unless its story says so.
 */
function opening(number, flows, random, segments, length, payloads) {
  const hosts = Math.max(64, Math.ceil(flows / 1000));
  const service = random.between(1, SERVICES);
  const ipv6 = number % hosts < hosts * IPV6;
  const talk = new Talk({
    ipv6, random, payloads,
    client: 0x0a00_0000 + (number % hosts) + 1, clientPort: 32_768 + Math.floor(number / hosts) % 28_232,
    server: 0xc0a8_0000 + service, serverPort: 21_000 + service,
  });
  const flow = { talk, step: null, steps: null };
  const scene = {
    random, length, roundTrip: Math.round(200 + random.exponential(8000)),
    segments: Math.round(random.exponential(segments)),
    reopen: () => {
      flow.talk = flow.talk.again(random);
    },
  };
  flow.steps = drawStory(random)(scene);
  return flow;
}

/** More than a compressor remembers, so that it finds none of them again. */
function randomLetters() {
  const random = new Random(1);
  return Buffer.from(Uint8Array.from({ length: 1 << 24 }, () => 97 + (random.next() >>> 8) % 26));
}

function drawStory(random) {
  let lot = random.between(1, 1000);
  for (const [share, story] of STORIES) {
    lot -= share;
    if (lot <= 0) return story;
  }
  throw new Error('drawStory: the shares of all stories do not make a thousand');
}

/** Puts the flow's next step on the timeline. */
function play(timeline, now, flow) {
  const { done, value } = flow.steps.next();
  if (done) return;
  flow.step = value;
  timeline.add(now + Math.round(value.wait), flow);
}

const unseenBytes = Buffer.alloc(4096);

function emit(file, { talk, step }, time) {
  const write = (buffer, at) => talk.write(step, Math.floor(time / 1000) >>> 0, buffer, at);
  if (step.unseen) write(unseenBytes, 0);
  else file.add(time, write);
}

/** Payload lengths with this mean: full segments, and short ones. */
function lengths(random, mean) {
  const short = Math.max(Math.round(Math.min(mean, 200)), 1);
  const full = Math.min(Math.max((mean - short) / (FULL_SEGMENT - short), 0), 1);
  return () => (random.chance(full) ? FULL_SEGMENT : random.between(1, Math.max(2 * short - 1, 1)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      packets: { type: 'string', default: '600k' }, flows: { type: 'string', default: '40k' },
      bytes: { type: 'string', default: '200M' }, seed: { type: 'string', default: '1' },
      rate: { type: 'string', default: String(RATE) }, noise: { type: 'boolean', default: false },
    },
  });
  if (positionals.length !== 1)
    throw new Error(
      'usage: node bench/generate.mjs FILE [--packets N] [--flows N] [--bytes N] [--seed N] [--rate N] [--noise]',
    );
  const made = generate(positionals[0], {
    packets: parseQuantity(values.packets), flows: parseQuantity(values.flows), bytes: parseQuantity(values.bytes),
    seed: Number(values.seed), rate: parseQuantity(values.rate), noise: values.noise,
  });
  console.log(`${positionals[0]}: ${made.packets} packets, ${made.flows} flows, ${made.bytes} bytes`);
}
