import type { Analysis } from '../analysis/model.js';
import { type Ages, ageTally } from './ages.js';
import { type Course, CourseTally, reuseName } from './course.js';
import { type EndingCount, endingTally } from './endings.js';
import { type PopulationOptions, type Populations, populationTally } from './populations.js';
import { type Reuse, reuseTally } from './reuse.js';
import { type ServiceOverview, serviceTally } from './services.js';

export type { AgeBucket, Ages } from './ages.js';
export type { Bucket } from './buckets.js';
export { ageName, resetName, reuseName } from './course.js';
export type { Course } from './course.js';
export type { EndingCount } from './endings.js';
export { LIVING_STATES, populations } from './populations.js';
export type { LivingState, PopulationOptions, Populations } from './populations.js';
export { REUSE_OUTCOMES } from './reuse.js';
export type { Reuse, ReuseBucket, ReuseOutcome } from './reuse.js';
export type { Causes, ServiceOverview } from './services.js';

/** A whole capture in numbers: what screens and reports show besides its findings. */
export interface Overview {
  readonly endings: readonly EndingCount[];
  /** Worst first. */
  readonly services: readonly ServiceOverview[];
  readonly populations: Populations;
  /** Ages of sockets in CLOSE-WAIT. */
  readonly ages: Ages;
  readonly reuse: Reuse;
  /** When the others' numbers came to be; left out unless asked for. */
  readonly course?: Course;
}

export interface OverviewOptions extends Pick<PopulationOptions, 'moments'> {
  /** Into how many stretches of time the course is divided, 1 at least. Default: there is none. */
  readonly stretches?: number;
}

/** Counts everything in one sweep over all connections: folding them is what costs, some microseconds each. */
export function overview(analysis: Analysis, options: OverviewOptions = {}): Overview {
  const endings = endingTally();
  const services = serviceTally(analysis);
  const populations = populationTally(analysis, options);
  const ages = ageTally();
  const course = options.stretches === undefined ? null : new CourseTally(analysis.capture, options.stretches);
  const reuse = reuseTally(
    analysis,
    course === null ? undefined : ({ start }, bucket, outcome) => course.note(start, reuseName(bucket, outcome)),
  );
  for (const connection of analysis.connections()) {
    endings.add(connection);
    services.add(connection);
    populations.add(connection);
    ages.add(connection);
    reuse.add(connection);
    course?.add(connection);
  }
  return {
    endings: endings.result(), services: services.result(), populations: populations.result(), ages: ages.result(),
    reuse: reuse.result(), ...(course !== null && { course: course.result() }),
  };
}
