import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync, readdirSync } from 'node:fs';
import { expect, describe, test } from 'vitest';

import { PROFILES, type Analysis, type AnalysisOptions } from '../../../src/analysis/model.js';
import { scratch } from '../../capture/read.js';
import { Conversations } from '../../diagnoses/conversations.js';
import { inOnePiece } from '../../report/written.js';

// Threads are started from files that Node can load, so these tests are of the built program: each module of it has the
// types of its source.
const { analyze }: typeof import('../../../src/analysis/analyze.js') = await import(dist('analysis/analyze.js'));
const { Pipeline }: typeof import('../../../src/analysis/pipeline.js') = await import(dist('analysis/pipeline.js'));
const { openCapture }: typeof import('../../../src/capture/capture.js') = await import(dist('capture/capture.js'));
const { Partition }: typeof import('../../../src/flow/partition.js') = await import(dist('flow/partition.js'));
const { ndjson }: typeof import('../../../src/report/ndjson.js') = await import(dist('report/ndjson.js'));
const { ThreadPool }: typeof import('../../../src/analysis/threads/thread-pool.js') = await import(
  dist('analysis/threads/thread-pool.js')
);

function dist(module: string): string {
  return new URL(`../../../dist/${module}`, import.meta.url).href;
}

const files = scratch();
const whole = readFileSync('captures/showcase.pcapng');
const recordings = [
  ...readdirSync('captures')
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .map((name) => `captures/${name}`),
  ...readdirSync('test/truth', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.pcap'))
    .map((name) => `test/truth/${name}`),
];

/** A capture of many connections. */
function generated(name: string, ...options: string[]): string {
  const path = files.path(name);
  execFileSync(process.execPath, ['bench/generate.mjs', path, ...options]);
  return path;
}

/** Everything that is told of a capture. */
function told(analysis: Analysis): string[] {
  return [
    ...inOnePiece(ndjson(analysis)).split('\n'), JSON.stringify(analysis.hosts), JSON.stringify([...analysis.endings]),
    JSON.stringify(analysis.sockets(analysis.capture.end ?? 0)),
  ];
}

async function toldBy(jobs: number, paths: readonly string[], options: AnalysisOptions = {}): Promise<string[]> {
  return told(await analyze(paths, { ...options, jobs }));
}

describe('several threads tell what one tells', () => {
  test.each(recordings)('%s', async (path) => {
    const alone = await toldBy(1, [path]);
    expect(await toldBy(2, [path])).toEqual(alone);
    expect(await toldBy(3, [path])).toEqual(alone);
  });

  test('eight, where some have nothing to do', async () => {
    expect(await toldBy(8, ['captures/showcase.pcapng'])).toEqual(await toldBy(1, ['captures/showcase.pcapng']));
    expect(await toldBy(8, ['captures/forgotten-close.pcapng'])).toEqual(
      await toldBy(1, ['captures/forgotten-close.pcapng']),
    );
  });

  test('of all captures together, those that overlap too', async () => {
    expect(await toldBy(3, ['captures'])).toEqual(await toldBy(1, ['captures']));
  });

  test('of a capture in which healthy connections are forgotten, and their ports used again', async () => {
    const path = generated('churn.pcap', '--packets', '600k', '--flows', '40k', '--bytes', '100M', '--seed', '5');
    const options = { findingsOnly: true, timeWait: 1e9 } as const;
    const alone = await analyze([path], { ...options, jobs: 1 });
    const together = await analyze([path], { ...options, jobs: 3 });
    expect(alone.connectionCount).toBeGreaterThan(40_000);
    expect(told(together)).toEqual(told(alone));
  });

  test('of segments that a NAT let through, of connections that other threads follow', async () => {
    const capture = new Conversations();
    for (let clientPort = 41_000; clientPort < 41_040; clientPort++) {
      const download = capture.begin({ server: 9, clientPort }).open(0).exchange(0.1).exchange(3);
      download.close(4, 'client').close(4.01, 'server');
      const stray = capture.begin({ server: 2, clientPort }).standing();
      stray.say(2, 'server', 9).reset(2.0001, 'client', { bare: true });
    }
    const path = capture.write();
    const alone = await toldBy(1, [path]);
    expect(alone.filter((line) => line.includes('a NAT let this segment through'))).toHaveLength(40);
    expect(await toldBy(3, [path])).toEqual(alone);
  });

  test('judged anew with other timers', async () => {
    const path = 'captures/showcase.pcapng';
    const anew = (await analyze([path], { jobs: 2 })).withOptions({ profile: PROFILES[1], finTimeout: 5e9 });
    expect(told(anew)).toEqual(
      told((await analyze([path], { jobs: 1 })).withOptions({ profile: PROFILES[1], finTimeout: 5e9 })),
    );
  });
});

test('interrupted, all threads have seen the same packets', async () => {
  const path = generated('long.pcap', '--packets', '300k', '--flows', '20k', '--bytes', '60M', '--seed', '6');
  const whole = await analyze([path], { jobs: 1 });
  const stop = new AbortController();
  const analysis = await analyze([path], {
    jobs: 3, signal: stop.signal, onProgress: ({ packets }) => (packets > 100_000 ? stop.abort() : undefined),
  });
  const { capture } = analysis;
  expect([capture.partial, capture.packets < whole.capture.packets]).toEqual([true, true]);
  expect([...analysis.connections()].reduce((sum, { packets }) => sum + packets.client + packets.server, 0)).toBe(
    capture.tcpPackets,
  );
  expect(Math.max(...[...analysis.connections()].map(({ lastFrame }) => lastFrame))).toBeGreaterThan(
    capture.packets - 100,
  );
});

test('a thread that dies while the others read is told, and nobody waits for it', async () => {
  const path = generated('dying.pcap', '--packets', '300k', '--flows', '20k', '--bytes', '60M', '--seed', '7');
  const capture = await openCapture([path]);
  const partition = new Partition(0, 2);
  const pipeline = new Pipeline(capture, {}, partition);
  const pool = new ThreadPool({}, partition);
  const followed = async (): Promise<void> => {
    for await (const batch of capture.batches()) {
      await pool.follow(batch, pipeline);
      if (pipeline.packets > 50_000) await pool['workers'][0]!.terminate();
    }
  };
  await expect(followed()).rejects.toThrow('a thread ended');
  expect(pipeline.packets).toBeLessThan(300_000);
  await pool.dismiss();
  capture.close();
});

test('a file that grows meanwhile is told as one thread found it', async () => {
  const path = files.path('growing.pcapng');
  copyFileSync('captures/showcase.pcapng', path);
  const before = (await analyze([path], { jobs: 1 })).capture.packets;
  let grown = false;
  const analysis = await analyze([path], {
    jobs: 3,
    onProgress: () => {
      if (!grown) for (let times = 0; times < 20; times += 1) appendFileSync(path, whole);
      grown = true;
    },
  });
  expect(analysis.capture.packets).toBeGreaterThanOrEqual(before);
  expect([...analysis.connections()].reduce((sum, { packets }) => sum + packets.client + packets.server, 0)).toBe(
    analysis.capture.tcpPackets,
  );
});

test('what stops one of them is told', async () => {
  await expect(analyze(['no/such/file.pcap'], { jobs: 3 })).rejects.toThrow('no/such/file.pcap');
});
