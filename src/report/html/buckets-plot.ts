import type { Bucket } from '../../overview/overview.js';
import type { Duration } from '../../analysis/model.js';
import { count, lasting } from '../quantities.js';
import { type Content, type Markup, markup } from './markup.js';
import { WIDTH, label, line, rectangle, scale, svg } from './svg.js';

/** A part of every bar: what it counts, its colour, and its number in a bucket. */
export interface Layer<B> {
  readonly name: string;
  readonly className: string;
  readonly value: (bucket: B) => number;
  /** Name, in the course, of this layer's part of a bucket. */
  readonly part: (bucket: B) => string;
}

/** A moment on the axis of durations that deserves a line. */
export interface Mark {
  readonly at: Duration;
  readonly name: string;
}

interface BucketsPlot<B extends Bucket> {
  readonly id: string;
  readonly title: string;
  readonly caption: Content;
  readonly buckets: readonly (B & { readonly total: number })[];
  readonly layers: readonly Layer<B>[];
  readonly marks?: readonly Mark[];
}

const TOP = 44;
const BASE = 196;
/** The least height of a part that is not nothing: one among thousands is still seen. */
const LEAST = 2;
/** Bars narrower than a label like `100 ms` have one at every other edge. */
const NARROW = 40;

/** Bars of equal width, one a bucket of durations, the edges of the buckets below. */
export function bucketsPlot<B extends Bucket>({
  id, title, caption, buckets, layers, marks = [],
}: BucketsPlot<B>): Markup {
  const step = WIDTH / Math.max(buckets.length, 1);
  const every = step < NARROW ? 2 : 1;
  const most = Math.max(...buckets.map(({ total }) => total), 1);
  const height = scale([0, most], [0, BASE - TOP - 16]);
  const bars = buckets.map((bucket, index) => {
    let top = BASE;
    const parts = layers.map(({ value, className, part: name }) => {
      const number = value(bucket);
      if (number === 0) return null;
      const part = Math.max(height(number), LEAST);
      top -= part;
      return rectangle(index * step + 2, top, step - 4, part, `fill-${className}`, {
        name: name(bucket), count: number,
      });
    });
    return (
      bucket.total > 0 &&
      markup`<g data-bar="up">${parts}${label((index + 0.5) * step, top - 5, count(bucket.total), { anchor: 'middle', className: 'total' })}</g>`
    );
  });
  const edges = buckets.map(({ from }, index) => [
    line(index * step, BASE, index * step, BASE + 4, 'axis'),
    index % every === 0 &&
      label(index * step, BASE + 17, lasting(from), { anchor: index === 0 ? 'start' : 'middle', className: 'quiet' }),
  ]);
  const lines = marks.map(({ at, name }) => {
    const x = place(buckets, at) * step;
    const right = x > WIDTH * 0.6;
    return [
      line(x, TOP - 12, x, BASE, 'mark'),
      label(right ? x - 5 : x + 5, TOP - 4, name, { anchor: right ? 'end' : 'start', className: 'quiet' }),
    ];
  });
  const told = buckets.filter(({ total }) => total > 0).map((bucket) => {
    const parts = layers
      .filter(({ value }) => value(bucket) > 0)
      .map(({ name, value }) => `${count(value(bucket))} ${name}`);
    return `${between(bucket)}: ${parts.join(', ')}.`;
  });
  const drawn = layers.filter(({ value }) => buckets.some((bucket) => value(bucket) > 0));
  return markup`<figure>
<figcaption><strong>${title}</strong> ${caption}</figcaption>
${svg({ id, title, description: told.join(' '), height: BASE + 22 }, [legend(drawn), lines, bars, line(0, BASE, WIDTH, BASE, 'axis'), edges])}</figure>
`;
}

function legend<B>(layers: readonly Layer<B>[]): Content {
  let x = 0;
  return layers.map(({ name, className }) => {
    const at = x;
    // About 6 units a letter: text cannot be measured here.
    x += 16 + name.length * 6 + 14;
    return [rectangle(at, 4, 10, 10, `fill-${className}`), label(at + 15, 13, name, { className: 'quiet' })];
  });
}

/** Where a duration lies on the axis, counted in buckets; within one in proportion. */
function place(buckets: readonly Bucket[], duration: Duration): number {
  const index = buckets.findIndex(({ to }) => duration < to);
  const bucket = buckets[index];
  if (bucket === undefined) return buckets.length;
  return bucket.to === Infinity ? index : index + (duration - bucket.from) / (bucket.to - bucket.from);
}

function between({ from, to }: Bucket): string {
  if (to === Infinity) return `${lasting(from)} and more`;
  return from === 0 ? `less than ${lasting(to)}` : `${lasting(from)} to ${lasting(to)}`;
}
