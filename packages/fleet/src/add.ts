import { CollectError, SOURCE_NAME } from '../../../src/collect/source-folder.js';
import { addOnce, openQueue } from './queue.js';
import { openStore, placeOf } from './store.js';

export interface AddOptions {
  readonly queue: string;
  /** The name of the one source; null where each folder below is one, by its name. */
  readonly source: string | null;
  readonly final: boolean;
}

/**
 * Adds sources, or tells the workers that sources have more files: a job a source looks how far it was collected.
 * Gives their names.
 *
 * @throws FleetError, CollectError
 */
export async function add(place: string, { queue: url, source, final }: AddOptions): Promise<readonly string[]> {
  const from = placeOf(place);
  const store = openStore(from);
  // Asked also where there is one source only: a place that is not there is told here, not by some worker.
  const sources = source === null ? await store.folders() : (await store.list(), [source]);
  for (const name of sources)
    if (!SOURCE_NAME.test(name))
      throw new CollectError(`${name} is no name of a source: letters, digits, dots, dashes, up to a hundred`);
  const queue = openQueue(url, true);
  try {
    await queue.waitUntilReady();
    for (const name of sources)
      await addOnce(queue, { source: name, from: source === null ? `${from}/${name}` : from, final, step: 0 });
    return sources;
  } finally {
    await queue.close();
  }
}
