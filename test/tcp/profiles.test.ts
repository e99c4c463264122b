import { expect, it } from 'vitest';

import { PROFILES, timers } from '../../src/tcp/profiles.js';
import { SECOND } from '../../src/base/time.js';

it('every system has its timers: seconds of FIN-WAIT-2 and of TIME-WAIT', () => {
  expect(Object.keys(timers).toSorted()).toEqual([...PROFILES].toSorted());
  expect(
    Object.fromEntries(
      PROFILES.map((name) => [name, [timers[name].finWait2 / SECOND, timers[name].timeWait / SECOND]]),
    ),
  ).toEqual({
    linux: [60, 60], windows: [120, 120], macos: [60, 30], freebsd: [600, 60], rfc9293: [Infinity, 240],
  });
});
