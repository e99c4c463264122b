import { type Reuse, type ReuseBucket, type ReuseOutcome, reuseName } from '../../overview/overview.js';
import { count, counted, lasting } from '../quantities.js';
import { type Layer, bucketsPlot } from './buckets-plot.js';
import { type Markup, markup } from './markup.js';

const COLORS: Readonly<Record<ReuseOutcome, string>> = {
  collision: 'error', dropped: 'fin-wait', accepted: 'time-wait', later: 'established', unknown: 'opening',
};

const LAYERS: readonly Layer<ReuseBucket>[] = (['collision', 'dropped', 'accepted', 'unknown', 'later'] as const).map(
  (outcome) => ({
    name: outcome, className: COLORS[outcome], value: (bucket) => bucket[outcome],
    part: (bucket) => reuseName(bucket, outcome),
  }),
);

/** After how long the same five-tuples came again, against TIME-WAIT. */
export function reusePlot({ buckets, timeWaits, total, early }: Reuse): Markup {
  const title = 'Reuse of five-tuples';
  if (total === 0) {
    return markup`<figure><figcaption><strong>${title}</strong> No connection used a five-tuple again that had been in TIME-WAIT.</figcaption></figure>
`;
  }
  const caption = `Time from the beginning of TIME-WAIT to the next SYN on the same addresses and ports: ` +
    `${counted(total, 'reuse')}, ${count(early)} of them before TIME-WAIT was over.`;
  const marks = timeWaits.map((at) => ({ at, name: `TIME-WAIT ${lasting(at)}` }));
  return bucketsPlot({ id: 'reuse', title, caption, buckets, layers: LAYERS, marks });
}
