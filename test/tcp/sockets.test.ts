import { expect, it } from 'vitest';

import { analyze } from '../../src/analysis/analyze.js';
import type { Socket } from '../../src/analysis/model.js';
import { SECOND } from '../../src/base/time.js';

/** Port, state, and how many seconds its timer still runs. */
function words({ local, state, expires, time }: Socket): string {
  return [local.port, state, ...(expires === null ? [] : [Math.round((expires - time) / SECOND)])].join(' ');
}

/** Sockets so many seconds after the capture began. */
async function socketsOf(capture: string, ...moments: number[]): Promise<string[][]> {
  const analysis = await analyze([`captures/${capture}.pcapng`]);
  return moments.map((seconds) => analysis.sockets(analysis.capture.first! + seconds * SECOND).map(words));
}

it('a leak: FIN-WAIT-2 counts down, CLOSE-WAIT does not', async () => {
  const [early, late] = await socketsOf('forgotten-close', 1, 70);
  expect(early).toEqual(['58712 FIN-WAIT-2 59', '8000 CLOSE-WAIT']);
  expect(late!.filter((socket) => socket.startsWith('8000 '))).toEqual(
    Array.from({ length: 8 }, () => '8000 CLOSE-WAIT'),
  );
});

it('before the first packet there are none', async () => {
  expect(await socketsOf('clean-close-by-client', -1)).toEqual([[]]);
});

it('a clean close leaves TIME-WAIT to who closed first', async () => {
  const [atTheEnd] = await socketsOf('clean-close-by-server', 1);
  expect(atTheEnd).toEqual(['8080 TIME-WAIT 59']);
});

it('an end that went on reading was held by a descriptor: no timer', async () => {
  const [reading] = await socketsOf('intentional-half-close', 2);
  expect(reading).toEqual(['42266 FIN-WAIT-2', '9418 CLOSE-WAIT']);
});
