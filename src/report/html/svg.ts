import { type Content, type Markup, markup } from './markup.js';

/**
 * Units that every plot is wide: on a telephone a unit is somewhat less than a pixel, beside another plot somewhat
 * more.
 */
export const WIDTH = 400;

/** A picture that is heard, too: `title` names it and `description` says what it shows, in words and numbers. */
export interface Picture {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly width?: number;
  readonly height: number;
  /** `img`: the description stands for all that is drawn. `group`: what is drawn is text, to be read in order. */
  readonly role?: 'img' | 'group';
  /**
   * Where its axis of time begins and ends, in seconds since the first packet, and at which width: what the page's
   * script needs to mark a time.
   */
  readonly time?: readonly [begin: number, end: number, width: number];
}

export function svg(
  { id, title, description, width = WIDTH, height, role = 'img', time }: Picture, content: Content,
): Markup {
  return markup`<svg role="${role}" aria-labelledby="${id}-title ${id}-description" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"${time !== undefined && markup` data-time="${time.map((number) => Math.round(number * 1e6) / 1e6).join(' ')}"`}>
<title id="${id}-title">${title}</title><desc id="${id}-description">${description}</desc>
${content}</svg>
`;
}

export function label(
  x: number, y: number, text: string,
  { anchor = 'start', className }: { anchor?: 'start' | 'middle' | 'end'; className?: string } = {},
): Markup {
  return markup`<text x="${x}" y="${y}"${anchor === 'start' ? null : markup` text-anchor="${anchor}"`}${className === undefined ? null : markup` class="${className}"`}>${text}</text>`;
}

/**
 * What a rectangle stands for in the course of the capture, and how many: what the page's script draws for a chosen
 * time.
 */
export interface Part {
  readonly name: string;
  readonly count: number;
}

export function rectangle(x: number, y: number, width: number, height: number, className: string, part?: Part): Markup {
  const data = part === undefined ? null : markup` data-part="${part.name}" data-count="${part.count}"`;
  return markup`<rect x="${x}" y="${y}" width="${width}" height="${height}" class="${className}"${data}/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, className: string): Markup {
  return markup`<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${className}"/>`;
}

/** Steps through points: each level holds until the next point. */
export function steps(points: readonly (readonly [x: number, y: number])[]): string {
  return points
    .map(([x, y], index) => (index === 0 ? `M${short(x)} ${short(y)}` : `H${short(x)}V${short(y)}`))
    .join('');
}

export function path(d: string, className: string): Markup {
  return markup`<path d="${d}" class="${className}"/>`;
}

/**
 * From numbers to places: `scale([0, 60], [40, 400])(30)` is 220. A domain without extent lies at the range's
 * beginning.
 */
export function scale(
  [from, to]: readonly [number, number], [start, end]: readonly [number, number],
): (value: number) => number {
  const extent = to - from;
  return (value) => (extent === 0 ? start : start + ((value - from) / extent) * (end - start));
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/**
 * Steps of an axis of time, in seconds, that a clock makes round; below a second those of decimals, above a day whole
 * days.
 */
const CLOCK_STEPS = [
  ...[0.001, 0.01, 0.1].flatMap((part) => [part, 2 * part, 5 * part]), 1, 2, 5, 10, 15, 20, 30,
  ...[1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * MINUTE), ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  DAY,
];

/** Round times from 0 to `most` seconds, up to `wanted` steps of them: 0, 20, 40… */
export function ticks(most: number, wanted: number): number[] {
  if (!(most > 0) || !Number.isFinite(most)) return [0];
  const step = CLOCK_STEPS.find((candidate) => most / candidate <= wanted) ?? DAY * Math.ceil(most / DAY / wanted);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) => index * step);
}

function short(number: number): number {
  return Math.round(number * 100) / 100;
}
