import { Worker } from 'node:worker_threads';

/** How a process ends that was too slow. Its default is to end, and nothing else sends it. */
export const TOO_SLOW: NodeJS.Signals = 'SIGALRM';
/** How a process ends that needed too much memory, whether the system or its own limit ended it. */
const TOO_BIG: NodeJS.Signals = 'SIGKILL';

/** How often is looked, in milliseconds. */
const INTERVAL = 20;

/** Of one job. */
export interface Limits {
  /** Bytes of the process, resident. */
  readonly memory: number;
  /** Milliseconds. */
  readonly time: number;
}

/**
 * Ends this process when a job takes too long or too much. A thread looks, because the job may never come back to the
 * event loop.
 */
export class Watchdog {
  /** When the job began, in milliseconds of `Date.now()`; 0 between jobs. */
  private readonly began = new Float64Array(new SharedArrayBuffer(8));

  constructor({ memory, time }: Limits) {
    const source = `
      const { workerData: { began, memory, time } } = require('node:worker_threads');
      setInterval(() => {
        if (began[0] === 0) return;
        if (Date.now() - began[0] > time) process.kill(process.pid, '${TOO_SLOW}');
        else if (process.memoryUsage.rss() > memory) process.kill(process.pid, '${TOO_BIG}');
      }, ${INTERVAL});`;
    new Worker(source, { eval: true, workerData: { began: this.began, memory, time } }).unref();
  }

  async watch<Result>(job: () => Promise<Result>): Promise<Result> {
    this.began[0] = Date.now();
    try {
      return await job();
    } finally {
      this.began[0] = 0;
    }
  }
}

/** Why a job has failed, where its process was ended. */
export function reasonOf(failure: string): string {
  const ended = /^Unexpected exit code: (\S+) signal: (\S+)$/.exec(failure);
  if (ended === null) return failure;
  const [, code, signal] = ended;
  if (signal === TOO_SLOW) return 'it took longer than --time-limit';
  // V8 aborts where its own limit is reached: SIGABRT, which a shell tells as 134.
  if (signal === TOO_BIG || signal === 'SIGABRT' || code === '134')
    return 'its process was killed: it needed more than --memory-limit';
  return `its process ended (${signal === 'null' ? `status ${code}` : signal})`;
}
