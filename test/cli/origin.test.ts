import { expect, test } from 'vitest';

import { originOf } from '../../src/cli/origin.js';

const argv = [
  '/usr/bin/node',
  '/usr/bin/lastack',
  'report',
  'two words.pcap',
  '--filter',
  "port 80 and cause 'leak'",
  '-f',
  'html',
];

test('the command is one that a shell takes again', () => {
  expect(originOf({ argv, env: {} }, 5).command).toBe(
    String.raw`lastack report 'two words.pcap' --filter 'port 80 and cause '\''leak'\''' -f html`,
  );
  expect(originOf({ env: {} }, 5)).toEqual({ command: null, made: 5 });
});

test('the date is that of the clock, or of SOURCE_DATE_EPOCH', () => {
  expect(originOf({ argv, env: { SOURCE_DATE_EPOCH: '1795928400' } }, 5).made).toBe(1_795_928_400_000);
  expect(originOf({ argv, env: { SOURCE_DATE_EPOCH: 'yesterday' } }, 5).made).toBe(5);
});
