import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { SECOND } from '../../../src/base/time.js';
import { collect } from '../../../src/collect/collect.js';
import { scratch } from '../../../test/capture/read.js';
import { openBucket } from '../src/bucket.js';
import { contents, rotate, run } from './runs.js';
import { KEY, type S3Server, SECRET, startS3 } from './s3-server.js';
import { servers } from './servers.js';

const files = scratch();
let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3('captures');
  for (const [index, source] of ['web1', 'web2'].entries()) {
    const folder = files.path(source);
    mkdirSync(folder);
    rotate(folder, index + 1, 6);
    for (const name of readdirSync(folder)) s3.objects.set(`tap/${source}/${name}`, readFileSync(join(folder, name)));
  }
}, 120_000);
afterAll(() => s3.stop());

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  AWS_ENDPOINT_URL_S3: s3.url,
  AWS_ACCESS_KEY_ID: KEY,
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_REGION: 'eu-north-1',
});

describe('an S3 server', () => {
  test('lists what is below a prefix, page after page', async () => {
    const found = await openBucket('captures', environment()).list('tap/web1/');
    expect(found.map(({ key, size }) => [key, size])).toEqual(
      [...s3.objects].filter(([key]) => key.startsWith('tap/web1/')).map(([key, bytes]) => [key, bytes.length]),
    );
    expect(found).toHaveLength(6);
  });

  test('gives an object, whatever its name', async () => {
    s3.objects.set("odd/a b+c(1)'ü.pcap", Buffer.alloc(3_000_000, 7));
    const path = files.path('fetched');
    await openBucket('captures', environment()).fetch("odd/a b+c(1)'ü.pcap", path);
    expect(readFileSync(path).equals(Buffer.alloc(3_000_000, 7))).toBe(true);
    await expect(openBucket('captures', environment()).fetch('odd/none', path)).rejects.toThrow(
      's3://captures/odd/none',
    );
  });

  test('refuses a wrong key, and that is told', async () => {
    const wrong = openBucket('captures', { ...environment(), AWS_SECRET_ACCESS_KEY: 'wrong' });
    await expect(wrong.list('tap/')).rejects.toThrow('403');
    expect(() => openBucket('captures', {})).toThrow('AWS_ACCESS_KEY_ID');
  });

  test.skipIf(servers['Redis'] === null)(
    'holds the files of sources, whose rows are those of its files in a folder',
    async () => {
      const redis = await servers['Redis']!();
      const queue = ['--queue', redis.url];
      const to = files.path('rows');
      try {
        const added = await run(['add', ...queue, '--each', 's3://captures/tap', '--final'], environment());
        expect(added.said).toContain('2 sources added');
        const args = ['work', ...queue, '--until-empty', '--state', files.path('state'), '--to', to];
        const { status, said } = await run(args, environment());
        expect({ status, said }).toMatchObject({ status: 0 });
      } finally {
        await redis.stop();
      }
      const quiet = files.path('quiet');
      for (const source of ['web1', 'web2']) {
        const folder = files.path(source);
        const inputs = readdirSync(folder)
          .toSorted()
          .map((name) => ({ path: join(folder, name) }));
        const state = files.path('quiet-state');
        await collect(inputs, { source, state, to: quiet, overlap: SECOND, format: 'parquet', final: true });
      }
      expect(contents(to)).toEqual(contents(quiet));
    },
    120_000,
  );
});
