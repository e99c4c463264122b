import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Pipeline } from '../../src/analysis/pipeline.js';
import { openFurther } from '../../src/capture/capture.js';
import { CaptureLog } from '../../src/capture/capture-log.js';
import { SettledFacts, packSettled } from '../../src/collect/settled-facts.js';
import { BytePacker } from '../../src/packing/byte-packer.js';
import { UnpackError } from '../../src/packing/packer.js';
import { open, seal } from '../../src/packing/sealed.js';

const VERSION = 1;

/** What a step writes of the connections that are final when a recording ends. */
async function settledOf(path: string): Promise<{ readonly bytes: Uint8Array; readonly found: readonly unknown[] }> {
  const log = new CaptureLog();
  const pipeline = new Pipeline(log, { timeWait: 0 });
  const capture = await openFurther([path], log, {});
  for await (const batch of capture.batches()) pipeline.feed(batch);
  const { analysis, gather } = pipeline.settling();
  return { bytes: packSettled(gather(), analysis.findings), found: analysis.findings };
}

/** What is thrown; null where nothing is. */
function refusalOf(work: () => void): unknown {
  try {
    work();
    return null;
  } catch (error) {
    return error;
  }
}

describe('facts of connections that were told', async () => {
  const { bytes, found } = await settledOf('captures/showcase.pcapng');

  test('come back, with what was found of each', () => {
    const settled = new SettledFacts();
    settled.add(bytes);
    expect(settled.findings.length).toBeGreaterThan(20);
    expect(settled.findings.length).toBe(found.length);
    expect(settled.findingsOf(settled.findings[0]!.flow)).toContain(settled.findings[0]);
  });

  test('that are damaged, or say what no detector makes, are refused', () => {
    const body = open(bytes, VERSION);
    const take = (packed: Uint8Array): void => new SettledFacts().add(seal(packed, VERSION));
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Uint8Array.from(body);
        changed[at]! ^= change;
        expect(refusalOf(() => take(changed))).toSatisfy((error) => error === null || error instanceof UnpackError);
      }),
      { numRuns: 200 },
    );
    for (const text of ['{}', 'x', '[1]', '[{"id":"half-closed","cause":"none"}]']) {
      const packer = new BytePacker();
      // No services, and no facts.
      for (const value of [1, 0, Infinity, 0, Infinity, 0]) packer.number(value);
      const empty = new BytePacker();
      empty.text(text);
      expect(() => take(Buffer.concat([packer.bytes(), empty.bytes()]))).toThrow(UnpackError);
    }
  });
});
