import type { Segment } from '../decode/segment.js';
import type { Analysis, Time } from '../analysis/model.js';
import { ConnectionCursor } from '../reread/connection-cursor.js';
import { lastFrameOf } from '../reread/ladder.js';
import { NO_ID } from '../reread/connection-matcher.js';
import { readAgain } from '../reread/reopen.js';

/**
 * Takes one segment of a connection: its id in the analysis, who sent it (0 the client, 1 the server), its frame and
 * its time.
 */
export type TakeSegment = (segment: Segment, connection: number, role: number, frame: number, time: Time) => void;

/**
 * Reads the captures of an analysis again and hands on each segment of its connections, but for copies: of all, or of
 * `ids` alone.
 *
 * @throws CaptureError where a file cannot be read any more, and the signal's reason where it is aborted
 */
export async function readSegments(
  analysis: Analysis,
  ids: readonly number[] | 'all',
  take: TakeSegment,
  signal?: AbortSignal,
): Promise<void> {
  const all = ids === 'all';
  const wanted = all ? () => idsOf(analysis) : () => ids;
  const lastFrame = all
    ? analysis.capture.packets
    : ids.reduce((last, id) => Math.max(last, lastFrameOf(analysis.connection(id))), 0);
  const cursor = new ConnectionCursor(analysis, wanted, { all, lastFrame });
  await readAgain(analysis, (batch) => {
    cursor.begin(batch);
    while (cursor.next()) {
      if (cursor.duplicateOf === 0 && cursor.id !== NO_ID)
        take(cursor.at.segment, cursor.id, cursor.role, cursor.at.frame, cursor.at.time);
    }
    return cursor.at.isDone;
  }, signal);
}

function* idsOf(analysis: Analysis): IterableIterator<number> {
  for (const { id } of analysis.connections()) yield id;
}
