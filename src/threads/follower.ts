import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';

import { Analyzer } from '../analyzer.js';
import { openCapture } from '../capture/capture.js';
import { guessesOf, judgeOf } from '../conclusion.js';
import type { Part } from '../conclusion.js';
import { findIn } from '../findings/find-all.js';
import { Share } from '../flow/share.js';
import { memoryOf, unpackBeginnings, unpackPartings } from './luggage.js';
import type { Judged, Learned, Shared, Task } from './messages.js';
import { Pace } from './pace.js';

// One of the threads behind the leader: reads all, follows its share of the connections, says what it has learned, is told what all have
// learned, and hands over its connections with what it found in them.

const { paths, options, index, count, pace } = workerData as Task;
const port = parentPort!;
const capture = await openCapture(paths, options);
const analyzer = new Analyzer(capture, options, new Share(index, count));
const step = new Pace(pace);
for await (const batch of capture.batches()) {
  if (!step.follow()) break;
  analyzer.feed(batch);
}
capture.close();
const part = analyzer.part();
const shared = once(port, 'message') as Promise<[Shared]>;
port.postMessage(learned(part));
const [{ guesses, beginnings, openings, partings }] = await shared;
part.table.beginnings = unpackBeginnings(beginnings);
part.table.streams.openings = unpackBeginnings(openings);
part.table.partings = unpackPartings(partings);
const found = findIn(judgeOf(part, options, guesses), analyzer.end());
const judged: Judged = { part, found };
port.postMessage(judged, [...memoryOf(part.table)]);

function learned({ table, forgotten }: Part): Learned {
  return { packets: analyzer.packets, guesses: guessesOf({ table, forgotten }), beginnings: table.beginnings!, openings: table.streams.openings!, partings: table.partings };
}
