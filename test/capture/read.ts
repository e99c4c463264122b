import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

import type { Capture, CaptureOptions } from '../../src/capture/model.js';
import { openCapture } from '../../src/capture/capture.js';
import { formatTime } from '../../src/base/time.js';

/** A packet taken out of its batch. */
export interface Packet {
  file: number;
  /** As it is printed: seconds since 1970 with all digits; null without a timestamp. */
  time: string | null;
  captured: number;
  original: number;
  linkType: number;
  interface: number;
  position: number;
  data: string;
}

export interface Reading {
  capture: Capture;
  packets: Packet[];
}

/** Reads captures to their end. */
export async function readAll(paths: string | readonly string[], options: CaptureOptions = {}): Promise<Reading> {
  const capture = await openCapture(typeof paths === 'string' ? [paths] : paths, options);
  const packets: Packet[] = [];
  const times: number[] = [];
  for await (const batch of capture.batches()) {
    for (let i = 0; i < batch.count; i += 1) {
      const offset = batch.offset[i]!;
      const captured = batch.captured[i]!;
      times.push(batch.time[i]!);
      packets.push({
        file: batch.file,
        time: null,
        captured,
        original: batch.original[i]!,
        linkType: batch.linkType[i]!,
        interface: batch.interface[i]!,
        position: batch.position[i]!,
        data: Buffer.from(batch.bytes.subarray(offset, offset + captured)).toString('hex'),
      });
    }
  }
  for (const [i, time] of times.entries())
    packets[i]!.time = Number.isNaN(time) ? null : formatTime(capture.clock, time);
  capture.close();
  return { capture, packets };
}

/** A folder for the files of one test file, removed when its tests are done. */
export function scratch(): {
  path: (name: string) => string;
  write: (name: string, content: Uint8Array | string) => string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'lastack-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  return {
    path,
    write(name, content) {
      writeFileSync(path(name), content);
      return path(name);
    },
  };
}

/** What is said of damage, without the file's name. */
export function told({ capture }: Reading): string[] {
  return capture.damage.map(({ offset, what }) => `${offset}: ${what}`);
}
