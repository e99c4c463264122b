import { count } from '../../../src/report/quantities.js';
import { type Done, isStep } from './job.js';
import type { FleetQueue } from './queue.js';

/** Sources whose remaining files are counted one by one; those behind are taken to be like them. */
const LOOKED_AT = 1000;

/** What was done here, and what is left everywhere. */
export class Progress {
  private readonly began = Date.now();
  private files = 0;
  private told = 0;

  note({ collected, told }: Done): void {
    this.files += collected;
    this.told += told;
  }

  /** `12 sources under way, 1 stands still; 381 files here, 92.1/s, 40,120 connections; 1,204 files remain, 13 s`. */
  async line(queue: FleetQueue): Promise<string> {
    const [jobs, counts] = await Promise.all([
      queue.getJobs(['wait', 'active', 'delayed'], 0, LOOKED_AT - 1),
      queue.getJobCounts('wait', 'active', 'delayed', 'failed'),
    ]);
    const sources = (counts['wait'] ?? 0) + (counts['active'] ?? 0) + (counts['delayed'] ?? 0);
    const failed = counts['failed'] ?? 0;
    // A job may have ended between its number and itself.
    const seen = jobs.filter((job) => (job as typeof job | undefined)?.data !== undefined);
    const steps = seen.flatMap(({ data }) => (isStep(data) ? [data] : []));
    const files = steps.reduce((sum, { file, behind }) => sum + behind + (file === null ? 0 : 1), 0);
    const left = sources > seen.length && seen.length > 0 ? Math.round((files / seen.length) * sources) : files;
    const rate = this.files / Math.max((Date.now() - this.began) / 1000, 0.001);
    const still = failed > 0 ? `, ${count(failed)} ${failed === 1 ? 'stands' : 'stand'} still` : '';
    const time = this.files > 0 && left > 0 ? `, ${count(Math.ceil(left / rate))} s at this rate` : '';
    return [
      `${plural(sources, 'source')} under way${still}`,
      `${plural(this.files, 'file')} here, ${rate.toFixed(1)}/s, ${plural(this.told, 'connection')} told`,
      `${plural(left, 'file')} remain${left === 1 ? 's' : ''}${time}`,
    ].join('; ');
  }
}

function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}
