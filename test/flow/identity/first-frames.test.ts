import { expect, test } from 'vitest';

import { FirstFrames } from '../../../src/flow/identity/first-frames.js';

test('a connection is numbered by how many began before it', () => {
  const firstFrames = new FirstFrames();
  const frames = [1, 2, 31, 32, 33, 63, 64, 511, 512, 513, 40_000, 1_000_000];
  for (const frame of frames) firstFrames.add(frame);
  expect(frames.map((frame) => firstFrames.number(frame))).toEqual([...frames.keys()]);
  expect([3, 65, 514, 39_999, 999_999].map((frame) => firstFrames.number(frame))).toEqual([2, 7, 10, 10, 11]);
});

test('what begins after a number was asked for is counted too', () => {
  const firstFrames = new FirstFrames();
  firstFrames.add(5);
  expect(firstFrames.number(9)).toBe(1);
  firstFrames.add(8);
  expect(firstFrames.number(9)).toBe(2);
});

test('as a list of the frames would count', () => {
  const firstFrames = new FirstFrames();
  const frames: number[] = [];
  for (let frame = 1; frame < 100_000; frame += 1 + (frame * 7919) % 37) frames.push(frame);
  for (const frame of frames) firstFrames.add(frame);
  expect(
    frames.every(
      (frame, number) => firstFrames.number(frame) === number && firstFrames.number(frame + 1) === number + 1,
    ),
  ).toBe(true);
});
