import { type AgeBucket, type Ages, ageName } from '../../overview/overview.js';
import { count, counted } from '../quantities.js';
import { type Layer, bucketsPlot } from './buckets-plot.js';
import { type Markup, markup } from './markup.js';

const LAYERS: readonly Layer<AgeBucket>[] = [
  {
    name: 'still open at the end', className: 'close-wait', value: ({ lasting }) => lasting,
    part: (bucket) => ageName(bucket, 'lasting'),
  },
  {
    name: 'ended by RST or timer', className: 'fin-wait', value: ({ killed }) => killed,
    part: (bucket) => ageName(bucket, 'killed'),
  },
  {
    name: 'closed', className: 'established', value: ({ closed }) => closed,
    part: (bucket) => ageName(bucket, 'closed'),
  },
];

/** How long half-closed flows have been so. */
export function agesPlot({ buckets, brief, long, total }: Ages): Markup {
  const caption = `Sockets that were in CLOSE-WAIT for a second and more, ${count(long)} of ${count(total)}; ` +
    `${counted(brief, 'shorter stay')} ${brief === 1 ? 'is' : 'are'} left out.`;
  if (long === 0) {
    const none =
      total === 0
        ? 'No socket was in CLOSE-WAIT.'
        : `No socket was in CLOSE-WAIT for a second or more (${counted(brief, 'shorter stay')}).`;
    return markup`<figure><figcaption><strong>Ages of half-closed flows</strong> ${none}</figcaption></figure>
`;
  }
  return bucketsPlot({ id: 'ages', title: 'Ages of half-closed flows', caption, buckets, layers: LAYERS });
}
