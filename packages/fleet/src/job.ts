/** The name of the queue, in Redis the middle of its keys. */
export const QUEUE = 'lastack';

/** Where the files of a source lie. */
export interface SourceJob {
  readonly source: string;
  /** A folder, or s3://bucket/prefix: the same for all workers. */
  readonly from: string;
  /** Whether the source ends with its last file: connections that are still open then are told, too. */
  readonly final: boolean;
}

/** Looks how far a source was collected, and adds the step that is next. */
export interface BeginJob extends SourceJob {
  readonly step: 0;
}

/** One step of the chain of a source. */
export interface StepJob extends SourceJob {
  /** From 1 on. */
  readonly step: number;
  /** The name of its file below `from`; null for the end of the source. */
  readonly file: string | null;
  /** Files behind this one, when it was added; where a listing is cut, at least so many. */
  readonly behind: number;
}

export type FleetJob = BeginJob | StepJob;

/** What a job leaves: for those who watch. */
export interface Done {
  readonly collected: number;
  readonly told: number;
}

/** One job of a source and step: added twice, it is there once. */
export function idOf({ source, step }: FleetJob): string {
  return step === 0 ? `${source}.begin` : `${source}.${step}`;
}

export function isStep(job: FleetJob): job is StepJob {
  return job.step > 0;
}

/** What a job is about, in words. */
export function nameOf(job: FleetJob): string {
  if (!isStep(job)) return `${job.source}: ${job.from}`;
  return `${job.source}: ${job.file ?? 'its end'} (step ${job.step})`;
}
