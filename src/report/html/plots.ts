import type { Analysis } from '../../analysis/model.js';
import type { Overview } from '../../overview/overview.js';
import { agesPlot } from './ages-plot.js';
import { type Markup, markup } from './markup.js';
import { populationsPlot } from './populations-plot.js';
import { resetsPlot } from './resets-plot.js';
import { reusePlot } from './reuse-plot.js';

/** The capture in four pictures. */
export function plots(analysis: Analysis, { populations, ages, services, reuse }: Overview): Markup {
  return markup`<section aria-labelledby="pictures">
<h2 id="pictures">In pictures</h2>
<div class="figures">
${populationsPlot(analysis, populations)}${agesPlot(ages)}${resetsPlot(services)}${reusePlot(reuse)}</div>
</section>
`;
}
