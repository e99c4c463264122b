import { InvalidArgumentError } from 'commander';
import { readDuration, readSize } from '../base/amounts.js';
import type { Duration } from '../base/time.js';

/** A duration on the command line, in nanoseconds. */
export function parseDuration(text: string): Duration {
  const duration = readDuration(text);
  if (duration === null) throw new InvalidArgumentError('Write 60s, 500ms, 2m, 1h, or a number of seconds.');
  return duration;
}

/** A size on the command line, in bytes. */
export function parseSize(text: string): number {
  const size = readSize(text);
  if (size === null) throw new InvalidArgumentError('Write a number of bytes: 1000000, 500M, 2G.');
  return size;
}

/** A whole number from 1 on. */
export function parseCount(text: string): number {
  const count = readSize(text);
  if (count === null || count < 1) throw new InvalidArgumentError('Write a number: 5000, 100k, 1M.');
  return Math.floor(count);
}

/** How many threads. */
export function parseJobs(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('Write a number from 1 to 99.');
  return Number(text);
}

/** A TCP port to listen on; 0 is any that is free. */
export function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('Write a number from 0 to 65535.');
  return Number(text);
}
