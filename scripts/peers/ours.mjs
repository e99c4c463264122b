import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { end } from './tshark.mjs';

if (!existsSync(fileURLToPath(new URL('../../dist/analysis/pipeline.js', import.meta.url)))) {
  console.error('peers: there is no dist/; run npm run build first');
  process.exit(2);
}
const { Pipeline } = await import('../../dist/analysis/pipeline.js');
const { openCapture } = await import('../../dist/capture/capture.js');
const { formatAddress } = await import('../../dist/decode/address.js');
const { IS_TCP, decode, isNumbered } = await import('../../dist/decode/decode.js');
const { Fragments } = await import('../../dist/decode/fragments.js');
const { Segment } = await import('../../dist/decode/segment.js');
const { FlowTable } = await import('../../dist/flow/flow-table.js');

export const { CaptureError } = await import('../../dist/capture/capture.js');

/**
 * What we say of a capture: of each frame with a stream (`whole`: it is a segment of this capture, and not one that an
 * ICMP error quotes; `way`: from where to where), of each stream its completeness, and of all the analysis that users
 * see. Packets that were captured twice count twice, as they do for the peers.
 */
export async function askOurselves(file) {
  const capture = await openCapture([file]);
  const pipeline = new Pipeline(capture, { keepDuplicates: true });
  const segment = new Segment();
  const fragments = new Fragments();
  const table = new FlowTable({ keepDuplicates: true });
  const names = new Names(table);
  const frames = [];
  let frame = 0;
  for await (const batch of capture.batches()) {
    pipeline.feed(batch);
    for (let index = 0; index < batch.count; index += 1) {
      frame += 1;
      const answer = decode(batch, index, segment, fragments);
      const whole = answer === IS_TCP;
      if (whole) table.add(segment, frame, batch.time[index], batch.bytes);
      else if (isNumbered(answer)) table.addHeader(segment);
      else continue;
      const { flags, sequence, acknowledgment, length, window } = segment;
      const { stream, connection, role } = table;
      const { side } = table.tuples;
      frames.push({
        frame, whole, stream, side, flags, sequence, acknowledgment, length, window,
        ...(whole && { connection, role, way: names.way(connection, side) }),
      });
    }
  }
  capture.close();
  return { frames, streams: table.streams, analysis: pipeline.analysis() };
}

/** `10.0.0.1:80 > 10.0.0.2:50000`, made once for each way of a tuple. */
class Names {
  #table;
  #ways = [];

  constructor(table) {
    this.#table = table;
  }

  way(connection, side) {
    const { connections, tuples } = this.#table;
    const tuple = connections.tuple(connection);
    const ends = () => [side, side ^ 1].map((at) => {
      const { family, words } = tuples.address(tuple, at);
      return end(formatAddress(family, ...words), tuples.port(tuple, at));
    });
    return (this.#ways[tuple * 2 + side] ??= ends().join(' > '));
  }
}
