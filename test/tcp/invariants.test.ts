import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';

/** Captures of the project, and those beside it that are there. */
const captures = ['captures', 'test/vectors', '../shared/world', '../shared/public', '../shared/faults'].flatMap(
  (folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((file) => /\.(pcap|pcapng)$/.test(file))
          .map((file) => join(folder, file))
      : [],
);

describe('what can never be, whatever was captured', () => {
  it.each(captures)('%s', async (capture) => {
    const analysis = await analyze([capture]);
    const connections = [...analysis.connections()];
    const impossible = connections.filter(
      ({ packets, firstFrame, lastFrame, start, end, streams }) =>
        packets.client + packets.server === 0 || lastFrame < firstFrame || !(end >= start) ||
        new Set(streams).size !== streams.length,
    );
    expect(
      impossible.map(({ id, packets, firstFrame, lastFrame, start, end }) => ({
        id, packets, firstFrame, lastFrame, seconds: end - start,
      })),
    ).toEqual([]);
    expect(
      analysis.findings
        .filter(({ duration }) => !(duration >= 0))
        .map(({ id, cause, flow, duration }) => ({ id, cause, flow, duration })),
    ).toEqual([]);
    expect(
      analysis.findings.filter(({ message }) => /\b(null|undefined|NaN)\b/.test(message)).map(({ message }) => message),
    ).toEqual([]);
  });
});
