import type { Time } from '../base/time.js';
import { CaptureError } from './capture-error.js';
import type { CaptureOptions } from './model.js';
import { InputReader } from './input-reader.js';
import type { Input } from './inputs.js';
import { type CaptureClock, CaptureLog } from './capture-log.js';
import { openInput } from './open-input.js';
import { PacketBatch } from './packet-batch.js';

/** Bytes read at once to find a first packet: it stands near the beginning. */
const BLOCK = 1 << 14;

/** Bytes behind which no first packet is looked for. */
const FARTHEST = 1 << 20;

/** An input in its place. */
export interface Placed extends Input {
  /** When it begins; -Infinity where that did not matter or is not known. */
  readonly begin: Time;
}

/**
 * Puts inputs in the order of their first packets, whatever their names: rotated files (`tcpdump -C -W`) begin again at
 * 0.
 *
 * Pipes cannot be looked into beforehand: each stays where it was given, alone in its group, and the files around it
 * are ordered among themselves. Files that cannot be read are left out and told to `refuse`; a file without a time
 * stands behind the one it was given behind.
 */
export async function inOrder(
  inputs: readonly Input[], clock: CaptureClock, { signal, maxBytes }: CaptureOptions,
  refuse: (input: Input, error: CaptureError) => void,
): Promise<Placed[][]> {
  const groups: Placed[][] = [];
  const memory = new Uint8Array(BLOCK);
  for (const group of groupsOf(inputs)) {
    if (group.length === 1) {
      groups.push(group.map((input) => ({ ...input, begin: -Infinity })));
      continue;
    }
    const placed: Placed[] = [];
    for (const input of group) {
      if (signal?.aborted === true) break;
      try {
        const begin = await beginOf(input, clock, memory, { maxBytes: Math.min(maxBytes ?? Infinity, FARTHEST) });
        placed.push({ ...input, begin: begin ?? placed.at(-1)?.begin ?? -Infinity });
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        refuse(input, error);
      }
    }
    groups.push(placed.sort((a, b) => (a.begin === b.begin ? 0 : a.begin - b.begin)));
  }
  return groups;
}

function groupsOf(inputs: readonly Input[]): Input[][] {
  const groups: Input[][] = [];
  let isOpen = false;
  for (const input of inputs) {
    if (input.alone || !isOpen) groups.push([input]);
    else groups.at(-1)!.push(input);
    isOpen = !input.alone;
  }
  return groups;
}

/** Time of the first packet that has one; null if it is not among the first packets, or there is none. */
async function beginOf(
  input: Input, clock: CaptureClock, memory: Uint8Array<ArrayBuffer>, options: CaptureOptions,
): Promise<Time | null> {
  const opened = await openInput(input, options, memory);
  const batch = new PacketBatch(1);
  const reader = new InputReader(opened, batch, new CaptureLog(clock), options);
  try {
    while (reader.position < FARTHEST && (await reader.next())) {
      const time = batch.time[0]!;
      if (!Number.isNaN(time)) return time;
    }
    return null;
  } finally {
    reader.close();
  }
}
