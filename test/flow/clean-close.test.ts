import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { openCapture } from '../../src/capture/capture.js';
import { IS_TCP, decode } from '../../src/decode/decode.js';
import { Segment } from '../../src/decode/segment.js';
import { detectors } from '../../src/findings/index.js';
import { FlowTable } from '../../src/flow/flow-table.js';
import { timers } from '../../src/tcp/profiles.js';
import { ConnectionFolder } from '../../src/tcp/connection-folder.js';

interface Asked {
  readonly plain: number;
  readonly unanswered: number;
  readonly connections: number;
  readonly said: string[];
}

/**
 * What the detectors would say of the connections whose ending is seen at once, were they asked, and how many of those
 * there are.
 */
async function askAboutPlain(path: string): Promise<Asked> {
  const table = new FlowTable();
  const segment = new Segment();
  let frame = 0;
  let end = 0;
  const capture = await openCapture([path]);
  for await (const batch of capture.batches()) {
    for (let index = 0; index < batch.count; index++) {
      frame++;
      end = Math.max(end, batch.time[index]!);
      if (decode(batch, index, segment) === IS_TCP) table.add(segment, frame, batch.time[index]!, batch.bytes);
    }
  }
  const folder = new ConnectionFolder(table, () => timers.linux);
  const { count } = table.connections;
  const atSight = Array.from({ length: count }, (_, id) => ({ id, ending: folder.endingAtSight(id, end) })).filter(
    ({ ending }) => ending !== null,
  );
  const alone = {
    isTold: () => false, previous: () => null, attempts: () => [], wasTriedAgain: () => false,
    previousMayHaveWaited: () => false, previousSpoke: () => false, idleBefore: () => 0, timestampAdvance: () => null,
  };
  const said = atSight.flatMap(({ id, ending }) => {
    const verdict = folder.fold(id, end);
    const subject = { ...verdict, captureEnd: end, ...alone };
    const findings = detectors.flatMap((detector) =>
      detector.detect(subject).map(({ message }) => `${id} ${detector.id}: ${message}`),
    );
    return verdict.connection.ending === ending
      ? findings
      : [...findings, `${id} ended ${verdict.connection.ending}, not ${ending}`];
  });
  const ended = (how: string): number => atSight.filter(({ ending }) => ending === how).length;
  return { plain: ended('closed'), unanswered: ended('unanswered'), connections: count, said };
}

const files = ['captures', 'test/vectors'].flatMap((folder) =>
  readdirSync(folder).filter((name) => /\.pcap(ng)?$/.test(name)).map((name) => `${folder}/${name}`));

describe('a connection whose ending is seen at once', () => {
  it.each(files)('ended so, and has nothing that a detector would tell, in %s', async (path) => {
    expect((await askAboutPlain(path)).said).toEqual([]);
  });

  it.each([
    ['clean-close-by-client', 1], ['clean-close-by-server', 1], ['three-packet-close', 1],
    ['forgotten-close', 8], ['linger-zero-idle', 0], ['connection-refused', 0], ['write-to-closed-peer', 0],
  ])('of %s: %i', async (name, plain) => {
    expect((await askAboutPlain(`captures/${name}.pcapng`)).plain).toBe(plain);
  });

  it('is one that nobody answered, too', async () => {
    expect((await askAboutPlain('test/vectors/backlog_overflow.pcap')).unanswered).toBe(2);
  });

  it('is what a busy and healthy server mostly has', async () => {
    const { plain, connections } = await askAboutPlain('captures/busy-healthy-server.pcapng');
    expect(plain / connections).toBeGreaterThan(0.8);
  });
});
