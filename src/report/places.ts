import type { Analysis } from '../analysis/model.js';

/** Frames of one file, by their numbers there. */
export interface InFile {
  readonly file: string;
  readonly frames: readonly number[];
  /** Wireshark's tcp.stream in that file; empty where the file was not read again for it. */
  readonly streams: readonly number[];
  /** A Wireshark display filter that works in that file. */
  readonly filter: string;
}

/** Where frames of a capture of several files stand in their own; nothing where there is one file only. */
export function inFiles({ capture: { placeOf } }: Analysis, frames: readonly number[]): InFile[] {
  if (placeOf === undefined) return [];
  const found = new Map<string, { frames: number[]; streams: Set<number> }>();
  for (const frame of frames) {
    const place = placeOf(frame);
    if (place === null) continue;
    let known = found.get(place.file);
    if (known === undefined) found.set(place.file, (known = { frames: [], streams: new Set() }));
    known.frames.push(place.frame);
    if (place.stream !== null) known.streams.add(place.stream);
  }
  return [...found].map(([file, { frames: own, streams }]) => ({
    file,
    frames: own,
    streams: [...streams],
    filter: filterOf(own, [...streams]),
  }));
}

function filterOf(frames: readonly number[], streams: readonly number[]): string {
  if (streams.length > 0) return streams.map((stream) => `tcp.stream eq ${stream}`).join(' or ');
  return frames.length === 1 ? `frame.number eq ${frames[0]}` : `frame.number in {${frames.join(', ')}}`;
}

/** `captures/a.pcap: frames 12, 13, tcp.stream eq 3` */
export function inFileWords({ file, frames, filter }: InFile): string {
  const numbers = `${frames.length === 1 ? 'frame' : 'frames'} ${frames.join(', ')}`;
  return filter.startsWith('frame.') ? `${file}: ${numbers}` : `${file}: ${numbers}, ${filter}`;
}
