import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';

import { Analyzer } from '../pipeline.js';
import { guessesOf, judgeOf } from '../build-analysis.js';
import type { Part } from '../build-analysis.js';
import { findIn } from '../../findings/find-all.js';
import { Share } from '../../flow/partition.js';
import { Belt } from './block-ring.js';
import { toColumns } from './finding-columns.js';
import { memoryOf, unpackBeginnings, unpackPartings } from './transfer.js';
import type { Judged, Learned, Shared, Task } from './messages.js';

// One of the threads behind the leader: follows its share of the connections, says what it has learned, is told what all have learned,
// and hands over its connections with what it found in them.

const { options, index, count, belt: memory } = workerData as Task;
const port = parentPort!;
const belt = new Belt(count, memory);
/** Read by the leader, who alone tells of it. */
const capture = { clock: { epoch: 0, digits: 0 }, files: [], interfaces: [], damage: [], get end() { return belt.end; } };
const analyzer = new Analyzer(capture, options, new Share(index, count));
for (let block = belt.take(); block !== null; block = belt.take()) {
  analyzer.feed(block.batch, block.hand(index));
  belt.giveBack(index);
}
const part = analyzer.part();
const shared = once(port, 'message') as Promise<[Shared]>;
port.postMessage(learned(part));
const [{ guesses, beginnings, openings, partings }] = await shared;
part.table.beginnings = unpackBeginnings(beginnings);
part.table.streams.openings = unpackBeginnings(openings);
part.table.partings = unpackPartings(partings);
const found = findIn(judgeOf(part, options, guesses), analyzer.end());
const judged: Judged = { part, found: { ...found, findings: toColumns(found.findings) } };
port.postMessage(judged, [...memoryOf(part.table)]);

function learned({ table, forgotten }: Part): Learned {
  return { guesses: guessesOf({ table, forgotten }), beginnings: table.beginnings!, openings: table.streams.openings!, partings: table.partings };
}
