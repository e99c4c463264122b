import type { Analysis } from '../../analysis/model.js';
import type { LivingState, Populations } from '../../overview/overview.js';
import { SECOND } from '../../base/time.js';
import { count, lasting } from '../quantities.js';
import { type Markup, markup } from './markup.js';
import { WIDTH, label, line, path, scale, steps, svg, ticks } from './svg.js';
import { timeOfDay } from './words.js';

/** The states that last, the telling one first, and the colour of each. */
const SHOWN = [
  ['CLOSE-WAIT', 'close-wait'], ['FIN-WAIT-2', 'fin-wait'], ['TIME-WAIT', 'time-wait'], ['ESTABLISHED', 'established'],
] as const satisfies readonly (readonly [LivingState, string])[];

/** Height of one state's strip, and of its name above. */
const STRIP = 42;
const NAME = 24;
/** Room for the last number: a million fits. */
const RIGHT = 62;

/**
 * A strip for each state over one axis of time, each with its own scale: a leak of fifty is seen beside four hundred in
 * TIME-WAIT.
 */
export function populationsPlot(analysis: Analysis, { moments, states }: Populations): Markup {
  const begin = analysis.capture.first ?? 0;
  const first = moments[0];
  const last = moments.at(-1);
  if (first === undefined || last === undefined) return markup``;
  const x = scale([first, last], [0, WIDTH - RIGHT]);
  const strips = SHOWN.map(([state, className], index) => {
    const numbers = states[state];
    const base = (index + 1) * (NAME + STRIP);
    const most = Math.max(...numbers);
    const y = scale([0, Math.max(most, 1)], [base, base - STRIP]);
    const course = steps(moments.map((moment, at) => [x(moment), y(numbers[at]!)]));
    const end = numbers.at(-1)!;
    return [
      label(0, base - STRIP - 7, state),
      label(WIDTH - RIGHT, base - STRIP - 7, `at most ${count(most)}`, { anchor: 'end', className: 'quiet' }),
      line(0, base, WIDTH - RIGHT, base, 'axis'), path(`${course}V${base}H0Z`, `area fill-${className}`),
      path(course, `line stroke-${className}`), label(WIDTH - RIGHT + 6, Math.min(y(end) + 4, base), count(end)),
    ];
  });
  const base = SHOWN.length * (NAME + STRIP);
  const span = last - first;
  const axis = ticks(span / SECOND, 5).map((seconds) => {
    const at = x(first + seconds * SECOND);
    return [
      line(at, base, at, base + 4, 'axis'),
      label(at, base + 17, lasting(seconds * SECOND), {
        anchor: seconds === 0 ? 'start' : 'middle', className: 'quiet',
      }),
    ];
  });
  const told = SHOWN.map(([state]) => {
    const most = Math.max(...states[state]);
    const peak = moments[states[state].indexOf(most)]!;
    return `${state}: at most ${count(most)} (${timeOfDay(analysis, peak)}), ${count(states[state].at(-1)!)} at the end.`;
  });
  return markup`<figure>
<figcaption><strong>Sockets by state</strong> Both ends counted, each state on its own scale, from ${timeOfDay(analysis, first)} UTC on. The number at the right is the last one.</figcaption>
${svg({ id: 'populations', title: 'Sockets by state over time', description: told.join(' '), height: base + 22, time: [(first - begin) / SECOND, (last - begin) / SECOND, WIDTH - RIGHT] }, [strips, axis])}</figure>
`;
}
