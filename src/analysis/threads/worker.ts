import { parentPort, workerData } from 'node:worker_threads';

import { Pipeline } from '../pipeline.js';
import { folderOf, packResult } from '../build-analysis.js';
import { findIn } from '../../findings/find-in.js';
import { Partition } from '../../flow/partition.js';
import { BlockRing } from './block-ring.js';
import { toColumns } from './finding-columns.js';
import { TransferUnpacker, transferOf } from '../../packing/transfer.js';
import { PartitionFacts } from './partition-facts.js';
import type { PartitionFindings, FactsMessage, Task } from './messages.js';

// One of the threads behind the leader: follows its share of the connections, says what it has learned, is told what
// all have learned, and hands over its connections with what it found in them.

const { options, index, count, ring: memory } = workerData as Task;
const port = parentPort!;
const ring = new BlockRing(count, memory);
/** Read by the leader, who alone tells of it. */
const capture = {
  clock: { epoch: 0, digits: 0 }, files: [], interfaces: [], damage: [],
  get end() {
    return ring.end;
  },
};
const pipeline = new Pipeline(capture, options, new Partition(index, count));
for (let block = ring.take(); block !== null; block = ring.take()) {
  pipeline.feed(block.batch, block.selected(index));
  ring.giveBack(index);
}
const part = pipeline.result();
port.once('message', find);
// Copied, not handed over: this thread's own tables are still in use.
port.postMessage(transferOf((to) => PartitionFacts.from(part).pack(to)).values);

/** Once all threads have told what they learned. */
function find(message: FactsMessage): void {
  const all = PartitionFacts.unpack(new TransferUnpacker(message));
  all.tell(part);
  const found = findIn(folderOf(part, options, all.guesses), pipeline.end());
  const packed = transferOf((to) => packResult(to, part));
  const counts = transferOf((to) => {
    for (const each of [found.endings, found.endingsOfFound, found.standings, found.loss]) each.pack(to);
  });
  const answers: PartitionFindings = {
    part: packed.values,
    findings: toColumns(found.findings),
    counts: counts.values,
    unanswered: found.unanswered,
    young: found.young,
    unacknowledged: found.unacknowledged,
  };
  port.postMessage(answers, [...packed.memory]);
}
