import { describe, expect, test } from 'vitest';
import type { Confidence, Ending, ResetCause, Role } from '../../src/analysis/model.js';
import { SEVERITIES } from '../../src/findings/finding.js';
import { kinds } from '../../src/findings/index.js';
import * as NAMES from '../../src/report/names.js';
import { captureRecord, findingRecord, flowRecord, groupRecord, socketRecord } from '../../src/report/record.js';
import { STATES } from '../../src/tcp/transitions.js';
import { analysis, at, client, connection, finding, reset, server } from './analysis-fixture.js';
import { faults, lineFaults, ourFaults, schema } from './schema.js';
import { written } from './written.js';

// A union has no list at run time: an object that must name each of its members, and may name no other, is one.
const endings = Object.keys({
  closed: 0, reset: 0, refused: 0, 'half-closed': 0, 'half-open': 0, open: 0, unanswered: 0, unknown: 0,
} satisfies Record<Ending, 0>);
const resetCauses = Object.keys({
  refused: 0, linger: 0, 'unread-data': 0, abort: 0, 'listener-closed': 0, 'keepalive-timeout': 0,
  'retransmission-timeout': 0, 'fin-wait-2-expired': 0, 'closed-peer': 0, 'no-socket': 0, challenge: 0, echo: 0,
  forged: 0, unknown: 0,
} satisfies Record<ResetCause, 0>);
const confidences = Object.keys({ certain: 0, likely: 0, possible: 0 } satisfies Record<Confidence, 0>);
const roles = Object.keys({ client: 0, server: 0 } satisfies Record<Role, 0>);

test.each([
  ['state', STATES], ['severity', SEVERITIES], ['ending', endings], ['resetCause', resetCauses],
  ['confidence', confidences], ['role', roles],
])('the words for a %s are those of the code', (definition, words) => {
  expect(schema.$defs[definition]?.enum).toEqual(words);
});

test('the words for a finding and its cause are those of the detectors', () => {
  expect(kinds.length).toBeGreaterThan(0);
  for (const { id } of kinds) expect(faults('findingId', id)).toEqual([]);
  const causes = kinds
    .flatMap(({ severities }) => Object.keys(severities))
    .map((cause) => (cause === '' ? null : cause));
  expect(new Set(schema.$defs['findingCause']?.enum)).toEqual(new Set(causes));
});

describe('every record is as the schema has it, and has no field that the schema does not know', () => {
  const everything = analysis({
    connections: [
      connection({ previous: 0 }),
      connection({ id: 1, ending: 'reset', closer: null, resets: [reset(), reset({ trigger: 69, accepted: null })] }),
    ],
    findings: [finding(), finding({ id: 'refused', cause: null, flow: 1, stream: 1, end: at(2) })],
    capture: { skipped: { 'ipv4: udp': 3 }, damage: [{ file: 'trace.pcap', offset: 24, what: 'cut short' }] },
  });
  const socket = {
    time: at(20), local: client, remote: server, state: 'TIME-WAIT', since: at(1.2), expires: null, proven: true,
    flow: 0,
  } as const;

  test.each([
    [
      'capture',
      [
        written((to) => captureRecord(to, everything)),
        written((to) => captureRecord(to, analysis({ capture: { first: null, last: null, files: [] } }))),
        written((to) => captureRecord(to, { ...everything, folded: { endings: new Map([['closed', 7]]), early: 0 } })),
        written((to) =>
          captureRecord(to, {
            ...everything,
            forgotten: {
              count: 7, endings: new Map([['closed', 7]]), found: 1, faulty: 1, ungrouped: 0, early: 2, lived: 1,
              until: at(2), kept: [0, 1],
            },
          }),
        ),
      ],
    ],
    [
      'flow',
      [...everything.connections()].map((connection) => written((to) => flowRecord(to, everything, connection))),
    ],
    ['finding', everything.findings.map((finding) => written((to) => findingRecord(to, everything, finding)))],
    [
      'group',
      everything.groups.flatMap((group) => [
        written((to) => groupRecord(to, everything, group)),
        written((to) => groupRecord(to, everything, { ...group, forgotten: 1, streams: [], findings: [] })),
      ]),
    ],
    [
      'socket',
      [written((to) => socketRecord(to, socket)), written((to) => socketRecord(to, { ...socket, expires: at(61.2) }))],
    ],
  ])('%s', (definition, records) => {
    expect(records.length).toBeGreaterThan(1);
    for (const record of records) {
      expect(ourFaults(definition, JSON.parse(record))).toEqual([]);
      expect(lineFaults(JSON.parse(record))).toEqual([]);
    }
  });
});

test('every name that is written is one of the schema', () => {
  const known: unknown[] = [];
  JSON.stringify(schema, (key, value) => {
    if (key === 'properties') known.push(...Object.keys(value));
    return value;
  });
  expect(Object.keys(NAMES).filter((name) => !known.includes(name))).toEqual([]);
  for (const [name, { words, length }] of Object.entries(NAMES))
    expect(Buffer.from(words.buffer, 0, length).toString()).toBe(`"${name}":`);
});

test('a later version may add fields, but leave none out', () => {
  const all = analysis({ connections: [connection()] });
  const { ending: _, ...without } = JSON.parse(written((to) => flowRecord(to, all, connection())));
  expect(faults('flow', { ...without, ending: 'closed', mood: 'calm' })).toEqual([]);
  expect(faults('flow', without)).toEqual([` must have required property 'ending' {"missingProperty":"ending"}`]);
  expect(faults('flow', { ...without, ending: 'CLOSED' })).toEqual([
    `/ending must be equal to one of the allowed values ${JSON.stringify({ allowedValues: endings })}`,
  ]);
});
