import type { FrameNumber } from '../base/numbers.js';
import type { Analysis, FramePlace } from '../analysis/model.js';
import { IS_TCP, decode, isNumbered } from '../decode/decode.js';
import { Fragments } from '../decode/fragments.js';
import { Segment } from '../decode/segment.js';
import { separationBy } from '../decode/separation.js';
import { StreamNumbers } from '../flow/identity/stream-numbers.js';
import { TupleTable } from '../flow/identity/tuple-table.js';
import { batchesAgain } from './reopen.js';

/** Streams of one file, as Wireshark numbers them when it opens this file alone. */
class FileStreams {
  readonly tuples = new TupleTable();
  readonly streams = new StreamNumbers();
  /** Frames of the file that were read. */
  frames = 0;

  numberOf(segment: Segment, frame: FrameNumber, isWhole: boolean): number {
    const { tuples, streams } = this;
    const tuple = tuples.locate(segment);
    const [words, at] = [tuples.page(tuple), tuples.at(tuple)];
    if (isWhole) return streams.number(words, at, tuples.side, segment, frame);
    return streams.numberHeader(words, at, tuples.side, segment, frame);
  }
}

/**
 * An analysis that knows for what it tells of a capture of several files which stream it is in its own file:
 * `placeOf` then has it for the first and last frames of connections and for those that findings name.
 *
 * Reads all files again. Where one is a pipe of which no copy was kept, or cannot be read any more, streams stay
 * unknown.
 * @throws the signal's reason where it is aborted
 */
export async function withOwnStreams(analysis: Analysis, signal?: AbortSignal): Promise<Analysis> {
  const { capture } = analysis;
  const { placeOf } = capture;
  const isGone = capture.files.some(({ path, spool }) => path === '-' && spool === null);
  if (placeOf === undefined || isGone) return analysis;
  const wanted = framesOf(analysis);
  let found: Map<number, number>;
  try {
    found = await streamsAt(analysis, wanted, signal);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return analysis;
  }
  const known = (frame: FrameNumber): FramePlace | null => {
    const place = placeOf(frame);
    return place === null ? null : { ...place, stream: found.get(frame) ?? null };
  };
  return { ...analysis, capture: { ...capture, placeOf: known } };
}

/** Frames by which connections and findings are named. */
function framesOf(analysis: Analysis): Set<number> {
  const frames = new Set<number>();
  for (const { firstFrame, lastFrame } of analysis.connections()) frames.add(firstFrame).add(lastFrame);
  for (const finding of analysis.findings) for (const frame of finding.frames) frames.add(frame);
  return frames;
}

async function streamsAt(
  analysis: Analysis,
  wanted: ReadonlySet<number>,
  signal?: AbortSignal,
): Promise<Map<number, number>> {
  const {
    capture: { packets },
    options,
  } = analysis;
  const found = new Map<number, number>();
  const files = new Map<number, FileStreams>();
  const [segment, fragments, separation] = [new Segment(), new Fragments(), separationBy(options)];
  let frame = 0;
  for await (const { batch, interfaces } of batchesAgain(analysis, signal)) {
    frame += batch.missing;
    for (let index = 0; index < batch.count; index++) {
      if (++frame > packets) return found;
      const file = interfaces[batch.interface[index]!]?.file ?? batch.file;
      let streams = files.get(file);
      if (streams === undefined) files.set(file, (streams = new FileStreams()));
      streams.frames++;
      const outcome = decode(batch, index, segment, fragments, separation);
      if (outcome !== IS_TCP && !isNumbered(outcome)) continue;
      const stream = streams.numberOf(segment, streams.frames, outcome === IS_TCP);
      if (wanted.has(frame)) found.set(frame, stream);
    }
    // What was read of a file that has ended is not asked for any more.
    for (const [file] of files) if ((analysis.capture.files[file]?.frames?.last ?? 0) <= frame) files.delete(file);
  }
  return found;
}
