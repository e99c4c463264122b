import { UnrecoverableError } from 'bullmq';

import { CaptureError } from '../../../src/capture/capture-error.js';
import { StateError } from '../../../src/base/state-error.js';
import { type CollectInput, collect, collectedSoFar, lastStepOf } from '../../../src/collect/collect.js';
import { CollectError } from '../../../src/collect/source-folder.js';
import { type Done, type FleetJob, type StepJob, isStep } from './job.js';
import { Watchdog } from './limits.js';
import { FleetError, addOnce, openQueue } from './queue.js';
import { type Settings, VARIABLE, collecting } from './settings.js';
import { type StoredFile, openStore } from './store.js';

const settings = JSON.parse(process.env[VARIABLE] ?? '{}') as Settings;
const queue = openQueue(settings.queue, false);
queue.on('error', () => undefined);
const watchdog = new Watchdog(settings);

/** Runs in a process of its own, so that a busy job keeps its lock, and one that goes wrong harms no other. */
export default async function processor({ data }: { readonly data: FleetJob }): Promise<Done> {
  try {
    return await watchdog.watch(() => (isStep(data) ? step(data) : begin(data)));
  } catch (error) {
    const isFinal = [CaptureError, CollectError, StateError, FleetError].some((kind) => error instanceof kind);
    // Tried again it would fail again: the file, or the state, is what it is.
    throw isFinal ? new UnrecoverableError((error as Error).message) : error;
  }
}

/** Only the state knows what was collected: whatever has become of the queue, a source goes on where it stands. */
async function begin(job: FleetJob): Promise<Done> {
  const chain = collectedSoFar(collecting(job.source, settings));
  if (!chain.isFinal) {
    const files = await openStore(job.from).list();
    await add(job, chain.steps + 1, files.filter(({ name, size }) => !chain.has(name, size)));
  }
  return { collected: 0, told: 0 };
}

async function step(job: StepJob): Promise<Done> {
  const { source, file } = job;
  const options = { ...collecting(source, settings), step: job.step };
  const store = openStore(job.from);
  const run = (inputs: readonly CollectInput[]): ReturnType<typeof collect> =>
    collect(inputs, { ...options, final: file === null });
  const { collected, told } =
    file === null ? await run([]) : await store.borrow(file, (path) => run([{ path, name: file }]));
  // Once the step after this one was done, another job carries the chain.
  if (file !== null && lastStepOf(options) === job.step)
    await add(job, job.step + 1, (await store.list()).filter(({ name }) => name > file));
  return { collected, told };
}

async function add({ source, from, final }: FleetJob, step: number, files: readonly StoredFile[]): Promise<void> {
  const [next] = files;
  if (next !== undefined)
    await addOnce(queue, { source, from, final, step, file: next.name, behind: files.length - 1 });
  else if (final) await addOnce(queue, { source, from, final, step, file: null, behind: 0 });
}
