import { expect, it } from 'vitest';
import { topOf } from '../../src/tui/frame.js';
import { Session } from '../../src/tui/session.js';
import { unpainted } from '../../src/tui/theme.js';
import { analysisOf, ladderOf } from './fixture.js';

const outside = {
  copy: async () => '', 'copy-markdown': async () => '', extract: async () => '', packets: async () => '',
};

function sessionOf(flows: number, filter: string): Session {
  const session = new Session(80, 24, {
    paint: unpainted, readLadder: async (analysis, id) => ladderOf(analysis.connection(id)),
    readPacketsAround: () => Promise.reject(new Error('no file')), outside, filter, onQuit() {},
  });
  session.show(analysisOf(flows), false);
  return session;
}

/** Until the session is as wanted, at most so many milliseconds. */
async function until(isThere: () => boolean, milliseconds = 10_000): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!isThere() && Date.now() < deadline) await new Promise((resume) => setTimeout(resume, 5));
  expect(isThere()).toBe(true);
}

it('Enter opens the first row, also where it has not been found yet', async () => {
  const session = sessionOf(60_000, 'client-port 49999');
  expect(session.view().lists.connections?.searched ?? 0).toBeLessThan(1);
  session.press('enter');
  expect(topOf(session.view().frame).kind).toBe('connections');
  await until(() => topOf(session.view().frame).kind === 'flow');
  expect(topOf(session.view().frame)).toMatchObject({ flow: 29_999 });
});

it('another key than Enter takes that back', async () => {
  const session = sessionOf(60_000, 'client-port 49999');
  session.press('enter');
  session.press('j');
  await until(() => session.view().lists.connections?.searched === 1);
  expect(topOf(session.view().frame).kind).toBe('connections');
});
