
import { randomFrom } from '../captures/random.js';
import { bytes, pcapWriter } from '../capture/build.js';
import { openCapture } from '../../src/capture/capture.js';

/**
 * A packet of Ethernet or of whatever the capture has, and when it was captured: nanoseconds since the capture's epoch.
 */
export interface Frame {
  readonly time: number;
  readonly data: Uint8Array;
  /** Bytes on the wire. */
  readonly original: number;
}

/** A capture of one link layer in memory. */
export interface Recording {
  readonly linkType: number;
  readonly epoch: number;
  readonly frames: readonly Frame[];
}

export async function load(path: string): Promise<Recording> {
  const capture = await openCapture([path]);
  const frames: Frame[] = [];
  for await (const { count, time, offset, captured, original, bytes: block } of capture.batches()) {
    for (let at = 0; at < count; at++)
      frames.push({
        time: time[at]!, original: original[at]!, data: block.slice(offset[at], offset[at]! + captured[at]!),
      });
  }
  capture.close();
  return {
    linkType: capture.interfaces[0]!.linkType, epoch: capture.clock.epoch,
    frames: frames.toSorted((a, b) => a.time - b.time),
  };
}

/** One conversation again and again, each time by other clients: it begins anew every `every` nanoseconds. */
export function repeated({ frames, ...rest }: Recording, times: number, every: number): Recording {
  const all = Array.from({ length: times }, (_, turn) =>
    frames.map(({ time, data, original }) => ({
      time: time + turn * every, data: byOtherClients(data, turn), original,
    })),
  );
  return { ...rest, frames: all.flat().toSorted((a, b) => a.time - b.time) };
}

/** The last but one byte of the address behind the higher port, another one; checksums are not asked for. */
function byOtherClients(data: Uint8Array, turn: number): Uint8Array {
  const other = data.slice();
  const type = (data[12]! << 8) | data[13]!;
  const at = isToLowerPort(data) ? (type === 0x0800 ? 28 : 36) : type === 0x0800 ? 32 : 52;
  if (type === 0x0800 || type === 0x86dd) other[at] = (other[at]! + turn) & 0xff;
  return other;
}

/** A classic capture with nanoseconds. */
export function toFile({ linkType, epoch, frames }: Recording): Uint8Array {
  const { header, record } = pcapWriter({ magic: 0xa1b23c4d, linkType });
  return bytes(
    header,
    ...frames.map(({ time, data, original }) =>
      record({ seconds: epoch + Math.floor(time / 1e9), fraction: Math.floor(time % 1e9), data, original }),
    ),
  );
}

/** What the tap loses at random. */
export function lossy({ frames, ...rest }: Recording, share: number, seed: number): Recording {
  const random = randomFrom(seed);
  return { ...rest, frames: frames.filter(() => random(1_000_000) >= share * 1_000_000) };
}

/** Each packet is seen late by up to `most` nanoseconds; the file is in order of when it was seen. */
export function jittery({ frames, ...rest }: Recording, most: number, seed: number): Recording {
  const random = randomFrom(seed);
  return {
    ...rest,
    frames: frames.map((frame) => ({ ...frame, time: frame.time + random(most) })).toSorted((a, b) => a.time - b.time),
  };
}

/** A share of the packets is captured twice, the copy up to a millisecond later. */
export function copied({ frames, ...rest }: Recording, share: number, seed: number): Recording {
  const random = randomFrom(seed);
  const all = frames.flatMap((frame) =>
    random(1_000_000) < share * 1_000_000 ? [frame, { ...frame, time: frame.time + random(1_000_000) }] : [frame],
  );
  return { ...rest, frames: all.toSorted((a, b) => a.time - b.time) };
}

/**
 * The packets that go to the lower of the two ports are seen later than the others: one direction's tap has a clock
 * that is behind.
 */
export function skewed({ frames, ...rest }: Recording, by: number): Recording {
  return {
    ...rest,
    frames: frames
      .map((frame) => ({ ...frame, time: isToLowerPort(frame.data) ? frame.time + by : frame.time }))
      .toSorted((a, b) => a.time - b.time),
  };
}

/** One direction alone: what goes to the lower of the two ports, or what comes from it. */
export function oneDirection({ frames, ...rest }: Recording, toLowerPort: boolean): Recording {
  return { ...rest, frames: frames.filter(({ data }) => isToLowerPort(data) === toLowerPort) };
}

/** Only what was captured between these shares of the time. */
export function cut({ frames, ...rest }: Recording, from: number, to: number): Recording {
  const first = frames[0]!.time;
  const span = frames.at(-1)!.time - first;
  return { ...rest, frames: frames.filter(({ time }) => time >= first + from * span && time <= first + to * span) };
}

/** Nothing was captured between these shares of the time, and what came behind is `later` nanoseconds later. */
export function gapped({ frames, ...rest }: Recording, from: number, to: number, later: number): Recording {
  const first = frames[0]!.time;
  const span = frames.at(-1)!.time - first;
  return {
    ...rest,
    frames: frames.flatMap((frame) =>
      frame.time < first + from * span
        ? [frame]
        : frame.time > first + to * span
          ? [{ ...frame, time: frame.time + later }]
          : [],
    ),
  };
}

/** Of TCP over Ethernet (VLANs aside); false where it is none. */
function isToLowerPort(data: Uint8Array): boolean {
  const type = (data[12]! << 8) | data[13]!;
  const at = type === 0x0800 ? 14 + (data[14]! & 15) * 4 : type === 0x86dd ? 54 : -1;
  if (at < 0 || at + 4 > data.length) return false;
  return ((data[at]! << 8) | data[at + 1]!) > ((data[at + 2]! << 8) | data[at + 3]!);
}

