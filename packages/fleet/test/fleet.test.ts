import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { SECOND } from '../../../src/base/time.js';
import { collect } from '../../../src/collect/collect.js';
import { scratch } from '../../../test/capture/read.js';
import { contents, kill, rotate, run, start } from './runs.js';
import { type Server, servers } from './servers.js';

const files = scratch();
const captures = files.path('captures');
const SOURCES = ['web1', 'web2', 'web3'];
const FILES = 8;
const LIMIT = 240_000;

/** Writes of a process that does some jobs; one in so many is its last: all of them where there is time. */
const WRITES = 60;
const STRIDE = Number(process.env['LASTACK_STRIDE'] ?? 41);

/** Rows as one machine writes them, without a queue. */
const quiet = files.path('quiet');

beforeAll(async () => {
  for (const [index, source] of SOURCES.entries()) {
    const folder = join(captures, source);
    rotate(folder, index + 1, FILES);
    const inputs = readdirSync(folder).toSorted().map((name) => ({ path: join(folder, name) }));
    const state = files.path('quiet-state');
    await collect(inputs, { source, state, to: quiet, overlap: SECOND, format: 'parquet', final: true });
  }
}, LIMIT);

describe.each(Object.entries(servers))('on %s', (name, startServer) => {
  let server: Server | undefined;
  let runs = 0;
  beforeAll(async () => void (server = await startServer?.()), LIMIT);
  afterAll(() => server?.stop(), LIMIT);

  const queue = (): string[] => ['--queue', server!.url];
  const place = (): { readonly state: string; readonly to: string; readonly args: string[] } => {
    const folder = files.path(`${name}${runs++}`);
    const [state, to] = [join(folder, 'state'), join(folder, 'rows')];
    return { state, to, args: ['--state', state, '--to', to] };
  };
  const work = (args: readonly string[]): string[] => ['work', ...queue(), '--until-empty', '--jobs', '2', ...args];

  test.skipIf(startServer === null)('rows are those of one machine without a queue, and progress is told', async () => {
    const { to, args } = place();
    expect((await run(['add', ...queue(), '--each', captures, '--final'])).said).toContain('3 sources added');
    const { status, said } = await run(work(args));
    expect({ status, said }).toMatchObject({ status: 0 });
    expect(said).toMatch(/0 sources under way; 24 files here, [\d.]+\/s, [\d,]+ connections told; 0 files remain/);
    expect(contents(to)).toEqual(contents(quiet));
  }, LIMIT);

  test.skipIf(startServer === null)('files that come later are taken from where the state stands', async () => {
    const { to, args } = place();
    const folder = files.path(`${name}-later`);
    rotate(folder, 1, FILES);
    const held = `${folder}-held`;
    mkdirSync(held);
    const late = readdirSync(folder).toSorted().slice(5);
    for (const file of late) renameSync(join(folder, file), join(held, file));
    await run(['add', ...queue(), '--source', 'web1', folder]);
    expect((await run(work(args))).said).toContain('5 files here');
    for (const file of late) renameSync(join(held, file), join(folder, file));
    await run(['add', ...queue(), '--source', 'web1', folder, '--final']);
    expect((await run(work(args))).said).toContain('3 files here');
    const expected = [...contents(quiet)].filter(([path]) => path.includes('web1'));
    expect(contents(to)).toEqual(new Map(expected));
  }, LIMIT);

  test.skipIf(startServer === null)('workers that are killed at any moment leave what a quiet run leaves', async () => {
    const { to, args } = place();
    await run(['add', ...queue(), '--each', captures, '--final']);
    const lock = ['--lock', '2s'];
    const random = mulberry(name.length);
    let kills = 0;
    for (let worker = start(work([...args, ...lock])); kills < 20; kills++) {
      await Promise.race([worker.ended, setTimeout(600 + random() * 1500)]);
      kill(worker);
      await worker.ended;
      worker = start(work([...args, ...lock]));
      if (contents(to).size >= contents(quiet).size) {
        kill(worker);
        await worker.ended;
        break;
      }
    }
    expect(kills).toBeGreaterThan(2);
    const { status, said } = await run(work([...args, ...lock]));
    expect({ status, said }).toMatchObject({ status: 0 });
    expect(contents(to)).toEqual(contents(quiet));
  }, LIMIT);

  test.skipIf(startServer === null)('a job that is killed at a write is done again, and leaves the same', async () => {
    const expected = [...contents(quiet)].filter(([path]) => path.includes('web1'));
    for (let at = 2; at <= WRITES; at += STRIDE) {
      const { to, args } = place();
      const mark = files.path(`${name}-died-${at}`);
      const env = {
        ...process.env, NODE_OPTIONS: '--import ./test/collect/dies-at.mjs', LASTACK_DIES_AT: `${at}`,
        LASTACK_DIES_ONCE: mark,
      };
      await run(['add', ...queue(), '--source', 'web1', join(captures, 'web1'), '--final']);
      const { status, said } = await run(work(args), env);
      expect({ status, said }).toMatchObject({ status: 0 });
      expect(said).toContain('tried again');
      expect(existsSync(mark)).toBe(true);
      expect(contents(to)).toEqual(new Map(expected));
    }
  }, LIMIT);

  test.skipIf(startServer === null)('a worker that slept while others did its jobs changes nothing', async () => {
    const { to, args } = place();
    await run(['add', ...queue(), '--each', captures, '--final']);
    const lock = ['--lock', '1s'];
    const sleeper = start(work([...args, ...lock]));
    while (contents(to).size < 8) await setTimeout(20);
    process.kill(-sleeper.process.pid!, 'SIGSTOP');
    const asleep = contents(to).size;
    const { status, said } = await run(work([...args, ...lock]));
    expect({ status, said }).toMatchObject({ status: 0 });
    expect(contents(to)).toEqual(contents(quiet));
    expect(asleep).toBeLessThan(contents(quiet).size);
    process.kill(-sleeper.process.pid!, 'SIGCONT');
    await sleeper.ended;
    expect(contents(to)).toEqual(contents(quiet));
    expect(await run(['status', ...queue()])).toMatchObject({ status: 0 });
  }, LIMIT);

  test.skipIf(startServer === null)('a file that is none stops its source alone, and is named', async () => {
    const { to, args } = place();
    const poisoned = files.path(`${name}-poisoned`);
    for (const [index, source] of SOURCES.entries()) rotate(join(poisoned, source), index + 1, FILES);
    const poison = join(poisoned, 'web2', 'trace_00003x.pcap');
    writeFileSync(poison, 'this is no capture, whatever its name says');
    await run(['add', ...queue(), '--each', poisoned, '--final']);
    const { status, said } = await run(work(args));
    expect({ status, said }).toMatchObject({ status: 1 });
    expect(said).toMatch(/web2: trace_00003x\.pcap \(step 5\): .*not a capture.*its source stands still/);
    expect(without('web2', contents(to))).toEqual(without('web2', contents(quiet)));
    expect(readdirSync(join(to, 'steps', 'web2'))).toHaveLength(4);
    expect(await run(['status', ...queue()])).toMatchObject({
      status: 1,
      said: expect.stringContaining('web2: trace_00003x.pcap (step 5)') as string,
    });
    rmSync(poison);
    await run(['add', ...queue(), '--each', poisoned, '--final']);
    expect(await run(work(args))).toMatchObject({ status: 0 });
    expect(contents(to)).toEqual(contents(quiet));
    expect(await run(['status', ...queue()])).toMatchObject({ status: 0 });
  }, LIMIT);

  test.skipIf(startServer === null)('a job over its limits fails with its reason', async () => {
    const limits = [
      [['--memory-limit', '1M'], 'more than --memory-limit'],
      [['--time-limit', '1ms'], 'longer than --time-limit'],
    ] as const;
    for (const [limit, reason] of limits) {
      const { args } = place();
      const source = `big${runs}`;
      const folder = files.path(`${name}-${source}`);
      // Long enough to be seen: limits are looked at fifty times a second.
      rotate(folder, 7, 1, 50_000);
      await run(['add', ...queue(), '--source', source, folder]);
      const { status, said } = await run(work([...args, ...limit]));
      expect({ status, said }).toMatchObject({ status: 1 });
      expect(said).toContain(`${source}: `);
      expect(said).toContain(reason);
    }
  }, LIMIT);
});

function without(source: string, files: ReadonlyMap<string, string>): [string, string][] {
  return [...files].filter(([path]) => !path.includes(source));
}

/** Numbers from 0 to 1, the same in each run. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
