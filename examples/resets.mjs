// Something of one's own, packet by packet: who sends how many RSTs.
//
//     node examples/resets.mjs captures/showcase.pcapng
import { IS_TCP, RST, Segment, decode, openCapture } from 'lastack';

const counts = new Map();
const segment = new Segment(); // One for all packets, and so is the batch: nothing is made for a packet.
const capture = await openCapture(process.argv.slice(2));
for await (const batch of capture.batches()) {
  for (let index = 0; index < batch.count; index++) {
    if (decode(batch, index, segment) !== IS_TCP || (segment.flags & RST) === 0) continue;
    counts.set(segment.sourcePort, (counts.get(segment.sourcePort) ?? 0) + 1);
  }
}
capture.close();
for (const [port, count] of [...counts].sort(([, a], [, b]) => b - a).slice(0, 5))
  console.log(`port ${port}: ${count} RST`);
