import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

import { analyze } from '../../../src/analysis/analyze.js';
import { Pipeline } from '../../../src/analysis/pipeline.js';
import { groupsBy } from '../../../src/base/groups.js';
import type { ConnectionId } from '../../../src/base/numbers.js';
import { openCapture } from '../../../src/capture/capture.js';
import { diagnose } from '../../../src/diagnoses/diagnose.js';
import type { Diagnoses } from '../../../src/diagnoses/diagnose.js';
import { Gathering, HostNames } from '../../../src/diagnoses/facts/gathering.js';
import { diagnosisDetectors } from '../../../src/diagnoses/index.js';
import * as SIGN from '../../../src/diagnoses/facts/signs.js';
import { Conversations } from '../conversations.js';

const ALL = Object.entries(SIGN).flatMap(([name, sign]) => (typeof sign === 'number' ? [[name, sign] as const] : []));

/** The names of what the first connection of each conversation shows, in the order of the alphabet. */
async function shown(capture: Conversations): Promise<string[][]> {
  const opened = await openCapture([capture.write()], {});
  const pipeline = new Pipeline(opened, {});
  for await (const batch of opened.batches()) pipeline.feed(batch);
  const { table } = pipeline.result();
  const gathering = new Gathering();
  const names = new HostNames();
  for (let row = 0; row < table.connections.count; row++) gathering.add(names, table, row, pipeline.end());
  const facts = gathering.finish().flatMap(({ telling, ordinary }) => [...telling.facts, ...ordinary.facts]);
  return facts
    .sort((a, b) => a.frame - b.frame)
    .map(({ signs }) => ALL.filter(([, sign]) => (signs & sign) !== 0).map(([name]) => name).sort());
}

test('a connection that is served and closed by its client shows little', async () => {
  const capture = new Conversations();
  capture.begin().open(0).exchange(0.01, 0.005, 100, 1000).close(0.02, 'client').close(0.021, 'server');
  expect(await shown(capture)).toEqual([['any', 'attempted', 'clientClosed', 'served']]);
});

test('one that is refused shows that it was not taken, and nothing of a service', async () => {
  const capture = new Conversations();
  capture.refused(0);
  expect(await shown(capture)).toEqual([
    ['any', 'attempted', 'fewWords', 'mute', 'noSynAck', 'notEstablished', 'serverClosed', 'serverReset'],
  ]);
});

test('a request that waits shows who gave it up: the client that closes, or the server that does', async () => {
  const capture = new Conversations();
  capture.begin().open(0).say(0.01, 'client', 100).acknowledge(0.02, 'server').close(3, 'client');
  capture.begin().open(5).say(5.01, 'client', 100).acknowledge(5.02, 'server').close(5.05, 'server');
  const [byClient, byServer] = await shown(capture);
  expect(byClient).toEqual(expect.arrayContaining(['gaveUp', 'waits', 'slowAnswer', 'closedIdle', 'clientClosed']));
  expect(byServer).toEqual(expect.arrayContaining(['cutOff', 'serverClosed', 'halfClosed']));
  // It waited for 40 ms: nobody takes that for slow.
  expect(byServer).not.toEqual(expect.arrayContaining(['slowAnswer']));
});

test('what comes behind the close is late, and what came behind a pause had paused', async () => {
  const capture = new Conversations();
  const kept = capture.begin().open(0).exchange(0.01).exchange(4);
  kept.close(9, 'server').say(9.5, 'client', 100).reset(9.51, 'server', { bare: true });
  const [signs] = await shown(capture);
  expect(signs).toEqual(expect.arrayContaining(['paused', 'closedIdle', 'late', 'serverClosed']));
});

/** What detectors diagnose of a capture. */
async function diagnosed(path: string, detectors: typeof diagnosisDetectors): Promise<Diagnoses['diagnoses']> {
  const opened = await openCapture([path], {});
  const pipeline = new Pipeline(opened, {});
  for await (const batch of opened.batches()) pipeline.feed(batch);
  const analysis = await analyze([path]);
  const { table } = pipeline.result();
  const gathering = new Gathering();
  const names = new HostNames();
  for (let row = 0; row < table.connections.count; row++) gathering.add(names, table, row, pipeline.end());
  gathering.settle(table);
  const findings = groupsBy(analysis.findings, ({ flow }) => flow);
  const { first, last, end } = analysis.capture;
  const told = { findingsOf: (id: ConnectionId) => findings.get(id) ?? [] };
  return diagnose(gathering.finish(), told, first ?? 0, end ?? last ?? 0, detectors).diagnoses;
}

const recordings = readdirSync('captures').filter((file) => file.endsWith('.pcapng'));
const asked = diagnosisDetectors.map((detector) => ({ ...detector, signs: SIGN.any }));

test.each(recordings)('detectors that are asked of all services of %s tell nothing else', async (file) => {
  const path = `captures/${file}`;
  expect(await diagnosed(path, diagnosisDetectors)).toEqual(await diagnosed(path, asked));
});
