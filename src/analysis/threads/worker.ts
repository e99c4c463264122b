import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';

import { Pipeline } from '../pipeline.js';
import { guessesOf, folderOf } from '../build-analysis.js';
import type { PartitionResult } from '../build-analysis.js';
import { findIn } from '../../findings/find-all.js';
import { Partition } from '../../flow/partition.js';
import type { DiscardTally } from '../../retention/healthy-discard.js';
import { BlockRing } from './block-ring.js';
import { toColumns } from './finding-columns.js';
import { memoryOf, unpackCoverage, unpackFirstFrames, unpackIdleCloses } from './transfer.js';
import type { PartitionFindings, PartitionFacts, SharedFacts, Task } from './messages.js';

// One of the threads behind the leader: follows its share of the connections, says what it has learned, is told what all have learned,
// and hands over its connections with what it found in them.

const { options, index, count, ring: memory } = workerData as Task;
const port = parentPort!;
const ring = new BlockRing(count, memory);
/** Read by the leader, who alone tells of it. */
const capture = { clock: { epoch: 0, digits: 0 }, files: [], interfaces: [], damage: [], get end() { return ring.end; } };
const pipeline = new Pipeline(capture, options, new Partition(index, count));
for (let block = ring.take(); block !== null; block = ring.take()) {
  pipeline.feed(block.batch, block.selected(index));
  ring.giveBack(index);
}
const part = pipeline.result();
const shared = once(port, 'message') as Promise<[SharedFacts]>;
port.postMessage(facts(part));
const [{ guesses, firstFrames, openings, idleCloses, coverage }] = await shared;
part.table.firstFrames = unpackFirstFrames(firstFrames);
part.table.streams.openings = unpackFirstFrames(openings);
part.table.idleCloses = unpackIdleCloses(idleCloses);
part.table.coverage = unpackCoverage(coverage);
const found = findIn(folderOf(part, options, guesses), pipeline.end());
const answers: PartitionFindings = { part: { ...part, forgotten: part.forgotten && countsOf(part.forgotten) }, found: { ...found, findings: toColumns(found.findings) } };
port.postMessage(answers, [...memoryOf(part.table)]);

function facts({ table, forgotten }: PartitionResult): PartitionFacts {
  return { guesses: guessesOf({ table, forgotten }), firstFrames: table.firstFrames!, openings: table.streams.openings!, idleCloses: table.idleCloses, coverage: table.coverage };
}

/** What is told of forgotten connections, and nothing that is of this thread alone. */
function countsOf({ count, early, endings, standings, hosts, attempts }: DiscardTally): DiscardTally {
  return { count, early, endings, standings, hosts, attempts };
}
