import { Queue, Worker, type WorkerOptions, createPostgresBackend } from 'bullmq';

import { type Done, type FleetJob, QUEUE, idOf } from './job.js';

export type FleetQueue = Pick<
  Queue<FleetJob, Done>,
  'add' | 'close' | 'getJob' | 'getJobCounts' | 'getJobs' | 'on' | 'waitUntilReady'
>;
export type FleetWorker = Pick<Worker<FleetJob, Done>, 'close' | 'on' | 'waitUntilReady'>;

/** What is wrong with what the user asked of the fleet. */
export class FleetError extends Error {
  override readonly name = 'FleetError';
}

/** Times a job is tried: what fails for what its file is, is tried once. */
const ATTEMPTS = 3;

/**
 * @param url redis://, rediss://, postgres:// or postgresql://
 * @param migrate whether the tables of a database are made, where they are not there
 * @throws FleetError
 */
export function openQueue(url: string, migrate: boolean): FleetQueue {
  const queue = isPostgres(url)
    ? new Queue(QUEUE, { connection: database(url, migrate) }, createPostgresBackend)
    : new Queue(QUEUE, { connection: { url } });
  return queue as unknown as FleetQueue;
}

export function openWorker(url: string, processor: URL, options: Omit<WorkerOptions, 'connection'>): FleetWorker {
  const worker = isPostgres(url)
    ? new Worker(QUEUE, processor, { ...options, connection: database(url, true) }, createPostgresBackend)
    : new Worker(QUEUE, processor, { ...options, connection: { url, maxRetriesPerRequest: null } });
  return worker as unknown as FleetWorker;
}

/**
 * Adds a job, once: one that waits or runs stays as it is. One that has failed gives way, so that what is added again
 * is tried again.
 */
export async function addOnce(queue: FleetQueue, job: FleetJob): Promise<void> {
  const jobId = idOf(job);
  const there = await queue.getJob(jobId);
  if ((await there?.isFailed()) === true) await there!.remove();
  await queue.add(job.step === 0 ? 'begin' : 'step', job, {
    jobId,
    attempts: ATTEMPTS,
    backoff: { type: 'exponential', delay: 1000 },
    removeOnComplete: true,
    // The one thing that says which source stands still, and why.
    removeOnFail: false,
  });
}

/** `migrate`: whether tables are made; `max`: connections of one process. */
function database(
  connectionString: string,
  migrate: boolean,
): { readonly connectionString: string; readonly max: number; readonly migrate: boolean } {
  return { connectionString, max: 4, migrate };
}

function isPostgres(url: string): boolean {
  switch (/^[a-z]+(?=:\/\/)/.exec(url)?.[0]) {
    case 'postgres':
    case 'postgresql':
      return true;
    case 'redis':
    case 'rediss':
      return false;
    default:
      throw new FleetError('a queue is redis://host:port or postgres://user@host/database');
  }
}
