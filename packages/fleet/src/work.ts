import { availableParallelism } from 'node:os';

import { nameOf } from './job.js';
import { reasonOf } from './limits.js';
import { Progress } from './progress.js';
import { type FleetQueue, openQueue, openWorker } from './queue.js';
import { type Settings, VARIABLE } from './settings.js';

export interface WorkOptions extends Settings {
  /** Jobs at once, each in a process of its own. */
  readonly jobs?: number | undefined;
  /** Milliseconds after which the job of a worker that says nothing is given to another one. */
  readonly lock: number;
  /** Whether it ends when there is nothing to do. */
  readonly untilEmpty: boolean;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** How often progress is told, and looked whether all is done; milliseconds. */
const TOLD_EVERY = 5000;
const LOOKED_EVERY = 200;

/** How many times a job is given to another worker, when its worker was killed. */
const MOST_STALLS = 10;

/** Works until it is aborted, or until all is done. Gives the number of sources that stand still at a file. */
export async function work(options: WorkOptions): Promise<number> {
  const { queue: url, jobs = availableParallelism(), lock, untilEmpty, signal, say } = options;
  const settings: Settings = {
    queue: url, state: options.state, to: options.to, format: options.format, findingsOnly: options.findingsOnly,
    memory: options.memory, time: options.time,
  };
  const queue = openQueue(url, true);
  queue.on('error', (error) => say(`queue: ${error.message}`));
  await queue.waitUntilReady();
  const worker = openWorker(url, new URL('processor.js', import.meta.url), {
    concurrency: jobs,
    lockDuration: lock,
    stalledInterval: lock,
    maxStalledCount: MOST_STALLS,
    drainDelay: 1,
    workerForkOptions: {
      env: { ...process.env, [VARIABLE]: JSON.stringify(settings) },
      execArgv: [`--max-old-space-size=${Math.max(64, Math.floor(options.memory / 1048576))}`],
    },
  });
  const progress = new Progress();
  worker.on('completed', (_, done) => progress.note(done));
  worker.on('failed', (job, error) => {
    if (job === undefined) return;
    const isOver = job.finishedOn !== undefined;
    say(`${nameOf(job.data)}: ${reasonOf(error.message)}${isOver ? '; its source stands still' : '; tried again'}`);
  });
  worker.on('error', (error) => say(`queue: ${error.message}`));
  let toldAt = Date.now();
  const pause = pauses(signal);
  while (!signal.aborted) {
    await pause(LOOKED_EVERY);
    if (untilEmpty && (await isIdle(queue))) break;
    if (Date.now() - toldAt < TOLD_EVERY) continue;
    toldAt = Date.now();
    say(await progress.line(queue));
  }
  await worker.close();
  say(await progress.line(queue));
  const { failed = 0 } = await queue.getJobCounts('failed');
  await queue.close();
  return failed;
}

/** What the queue holds, and which sources stand still: one line each. */
export async function status(url: string): Promise<{ readonly lines: string[]; readonly failed: number }> {
  const queue = openQueue(url, true);
  queue.on('error', () => undefined);
  try {
    const failed = await queue.getJobs(['failed']);
    const lines = failed.map(({ data, failedReason }) => `${nameOf(data)}: ${reasonOf(failedReason)}`);
    return { lines: [await new Progress().line(queue), ...lines.toSorted()], failed: failed.length };
  } finally {
    await queue.close();
  }
}

/** Whether nothing waits and nothing runs: a job adds the next before it ends. */
export async function isIdle(queue: FleetQueue): Promise<boolean> {
  const counts = await queue.getJobCounts('wait', 'active', 'delayed', 'prioritized');
  return Object.values(counts).every((count) => count === 0);
}

function pauses(signal: AbortSignal): (milliseconds: number) => Promise<void> {
  return (milliseconds) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener('abort', done);
    });
}

