import type { Confidence } from '../analysis/model.js';
import { type Duration, formatToMilliseconds } from '../base/time.js';
import { ROLES, type Scene, type Side } from './scene.js';
import type { Tap } from './tap.js';
import type { Fact, FactId } from './taps.js';

/** Segments lost in a row, to the end, that are no chance: at one in ten they are lost so once in a thousand. */
export const CUT = 3;

/** Frames that are named of a long row of them. */
const MOST_FRAMES = 20;

/** A fact that stands at `row` of a tap; `frames` of each tap show it. */
export function fact(
  scene: Scene,
  id: FactId,
  severity: Fact['severity'],
  confidence: Confidence,
  role: 0 | 1,
  side: Side,
  row: number,
  frames: Partial<Record<Tap, readonly number[]>>,
  message: string,
  numbers: Fact['numbers'],
): Fact {
  const { client = [], server = [] } = frames;
  return {
    id,
    severity,
    confidence,
    role: ROLES[role],
    time: scene.clientTime(side, row),
    frames: { client: client.slice(0, MOST_FRAMES), server: server.slice(0, MOST_FRAMES) },
    message,
    numbers,
  };
}

/** Seconds, to the millisecond. */
export function duration(length: Duration): string {
  return formatToMilliseconds(length);
}

/** `1 segment`, `3 segments`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
