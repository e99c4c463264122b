import { causesOf, faultsOf } from './judge.mjs';

/** The least that each figure may be, in percent. A `certain` that the kernel contradicts is one too many. */
const FLOORS = { quiet: 100, told: 100, diagnosed: 95, once: 100, explained: 95, certain: 100, likely: 95 };

/** What was said of one recording, held against the truth: `lines` for the reader, and what figuresOf() counts. */
export function verdict(truth, records, diagnoses) {
  const faults = faultsOf(truth, records, { diagnoses });
  const causes = causesOf(truth, records);
  const kind = truth.healthy ? 'healthy' : 'faulty';
  const words = Object.entries(faults).map(([fault, text]) => `${fault}: ${text}`);
  for (const [confidence, { wrong }] of Object.entries(causes)) {
    if (wrong.length > 0)
      words.push(`${wrong.length} told as ${confidence} and contradicted: ${wrong.slice(0, 3).join('; ')}`);
  }
  const lines = [
    `${truth.name} (${kind}): ${words.length === 0 ? 'as it should be' : ''}`.trimEnd(),
    ...words.map((word) => `    ${word}`),
  ];
  return {
    name: truth.name,
    healthy: truth.healthy,
    storied: truth.truth?.diagnosis !== undefined,
    faults,
    causes,
    isWrong: words.length > 0,
    lines,
  };
}

/**
 * The figures over all recordings, each as `{ right, of, percent }`; a percent is NaN where there is nothing to
 * count.
 */
export function figuresOf(verdicts) {
  const healthy = verdicts.filter((one) => one.healthy);
  const faulty = verdicts.filter((one) => !one.healthy);
  const storied = verdicts.filter((one) => one.storied);
  const sum = (confidence, key) => verdicts.reduce((total, { causes }) => total + causes[confidence][key], 0);
  return {
    quiet: share(healthy.filter(({ faults }) => faults.noise === undefined).length, healthy.length),
    told: share(faulty.filter(({ faults }) => faults.silence === undefined).length, faulty.length),
    diagnosed: share(storied.filter(({ faults }) => faults.diagnosis === undefined).length, storied.length),
    once: share(faulty.filter(({ faults }) => faults.twice === undefined).length, faulty.length),
    explained: share(faulty.filter(({ faults }) => faults.left === undefined).length, faulty.length),
    certain: share(sum('certain', 'right'), sum('certain', 'of')),
    likely: share(sum('likely', 'right'), sum('likely', 'of')),
  };
}

/** What is below its floor, in words. */
export function tooLow(figures, diagnoses) {
  return Object.entries(FLOORS)
    .filter(([name, floor]) => (name !== 'diagnosed' || diagnoses) && figures[name].percent < floor)
    .map(
      ([name, floor]) =>
        `${name}: ${figures[name].right} of ${figures[name].of} (${figures[name].percent} %), and ${floor} % is the ` +
        `least`,
    );
}

function share(right, of) {
  return { right, of, percent: Math.round((1000 * right) / of) / 10 };
}
