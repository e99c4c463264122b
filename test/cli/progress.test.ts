import { expect, test } from 'vitest';
import { ProgressLine } from '../../src/cli/progress.js';
import { Paper } from './fake-host.js';

const CLEAR = '\r\u001B[K';

test('short work shows nothing', () => {
  const paper = new Paper(true);
  let now = 0;
  const line = new ProgressLine(paper, () => now);
  for (now = 0; now < 500; now += 10) line.update({ bytes: now, total: 1_000, packets: 1 });
  line.clear();
  expect(paper.text).toBe('');
});

test('long work shows bytes, rate and the time left, ten times a second, and cleans up', () => {
  const paper = new Paper(true);
  let now = 0;
  const line = new ProgressLine(paper, () => now);
  for (now = 0; now <= 700; now += 10) line.update({ bytes: now * 1e6, total: 2e9, packets: 1 });
  line.clear();
  expect(paper.text.split(CLEAR)).toEqual([
    '',
    'reading 25 %: 500 MB of 2.0 GB, 1.0 GB/s, 1.5 s left',
    'reading 30 %: 600 MB of 2.0 GB, 1.0 GB/s, 1.4 s left',
    'reading 35 %: 700 MB of 2.0 GB, 1.0 GB/s, 1.3 s left',
    '',
  ]);
});

test('of a pipe nobody knows the end', () => {
  const paper = new Paper(true);
  let now = 0;
  const line = new ProgressLine(paper, () => now);
  now = 2_000;
  line.update({ bytes: 3e6, total: null, packets: 12_345 });
  expect(paper.text).toBe(`${CLEAR}reading: 3.0 MB, 12,345 packets, 1.5 MB/s`);
});
