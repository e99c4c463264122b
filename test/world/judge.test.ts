import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const judging: {
  readonly checkExpectation: (wants: unknown) => void;
  readonly judge: (wants: unknown, report: unknown) => readonly string[];
} = await import(new URL('../../scripts/world/judge.mjs', import.meta.url).href);
const { checkExpectation, judge } = judging;

const expected = join(import.meta.dirname, 'expected');

/** A server that closes after 5.02 s, and a request of which 39 bytes were lost so. */
const report = {
  exit: 1,
  text: 'capture  race.pcap\n\nidle-limit: 10.0.0.7 closes idle\nconnections after 5.02 s\n\nNone is without error.\n',
  records: [
    { type: 'capture', packets: 12, tcpPackets: 10, skipped: { 'ip: UDP': 2 } },
    {
      type: 'flow',
      stream: 4,
      client: { address: '10.0.0.1', port: 40000 },
      server: { address: '10.0.0.7', port: 3000 },
      ending: 'reset',
      states: { client: [{ state: 'ESTABLISHED' }], server: [{ state: 'SYN-RECEIVED' }, { state: 'CLOSED' }] },
      packets: { client: 6, server: 4 },
      resets: [
        {
          by: 'server',
          cause: 'closed-peer',
          confidence: 'likely',
          lostBytes: { client: 39, server: 0 },
          evidence: ['answers frame 8'],
        },
      ],
    },
    {
      type: 'finding',
      id: 'rst-after-push',
      cause: 'crossing',
      severity: 'warning',
      confidence: 'likely',
      role: 'client',
      service: { address: '10.0.0.7', port: 3000 },
      stream: 4,
      duration: 0.1,
      frames: [8, 9, 11],
      message: 'they crossed',
      advice: ['Let the client give up earlier.'],
      evidence: {},
    },
    {
      type: 'diagnosis',
      id: 'idle-limit',
      severity: 'error',
      confidence: 'likely',
      by: { role: 'server', address: '10.0.0.7' },
      numbers: { seconds: 5.02, matching: 74 },
      message: '',
      advice: [],
    },
  ],
};

const held: [string, object][] = [
  [
    'a finding by any of its names',
    { findings: [{ id: ['rst-after-push', 'idle-reset'], cause: 'crossing', service: '10.0.0.7:3000', frames: [11] }] },
  ],
  [
    'a number that is near enough',
    { diagnoses: [{ id: 'idle-limit', role: 'server', numbers: { seconds: { about: 5, within: 0.02 } } }] },
  ],
  [
    'how a connection ended, and what it never was',
    { ending: ['reset', 'closed'], flows: [{ serverWas: 'SYN-RECEIVED', serverWasNot: 'ESTABLISHED', packets: 10 }] },
  ],
  [
    'a RST and the bytes that it threw away',
    { resets: [{ by: 'server', stream: 4, lostBytes: { client: 39 }, evidence: 'frame 8' }] },
  ],
  [
    'words that the report breaks over two lines',
    { says: [{ pattern: 'closes idle connections after 5', lines: 3 }], neverSays: ['SIGPIPE'] },
  ],
  [
    'one of several ways to tell it',
    { anyOf: [{ findings: [{ id: 'idle-reset' }] }, { diagnoses: [{ id: 'idle-limit' }] }] },
  ],
  ['what was read, and the exit status', { capture: { tcpPackets: 10, skipped: { max: 2 } }, exit: 1 }],
];

const missed: [string, object][] = [
  ['a finding that is not there', { findings: [{ id: 'idle-reset' }] }],
  ['a finding that is there once, not twice', { findings: [{ id: 'rst-after-push', count: 2 }] }],
  ['a finding of another cause', { findings: [{ id: 'rst-after-push', cause: 'no-socket' }] }],
  ['a finding that must not be there', { forbid: [{ id: 'rst-after-push', severityAtLeast: 'warning' }] }],
  [
    'a diagnosis whose seconds are off',
    { diagnoses: [{ id: 'idle-limit', numbers: { seconds: { about: 6, within: 0.02 } } }] },
  ],
  ['a diagnosis without the number', { diagnoses: [{ id: 'idle-limit', numbers: { spread: { max: 1 } } }] }],
  ['something worse than the harm', { maxSeverity: 'warning' }],
  ['words behind the first lines', { says: [{ pattern: 'None is without', lines: 3 }] }],
  ['a state that it was in', { forbidFlows: [{ serverWas: 'SYN-RECEIVED' }] }],
  ['none of several ways', { anyOf: [{ findings: [{ id: 'idle-reset' }] }, { says: ['path MTU'] }] }],
  ['another exit status', { exit: 0 }],
];

describe('a report is held against what must be said', () => {
  it.each(held)('%s is seen', (_, wants) => {
    checkExpectation(wants);
    expect(judge(wants, report)).toEqual([]);
  });

  it.each(missed)('%s is missed', (_, wants) => {
    checkExpectation(wants);
    expect(judge(wants, report)).toHaveLength(1);
  });

  it.each([
    {},
    { why: 'nothing is asked' },
    { finding: [] },
    { findings: [{ name: 'leak' }] },
    { forbid: [{ count: 0 }] },
    { anyOf: [{ saya: [] }] },
  ])('%j asks for nothing that can be asked', (wants) => {
    expect(() => checkExpectation(wants)).toThrow(/asks for nothing|no such field|cannot ask/);
  });
});

const expectations = readdirSync(expected).flatMap((set) =>
  readdirSync(join(expected, set))
    .filter((file) => file.endsWith('.json'))
    .map((file) => join(set, file)),
);

it.each(expectations)('%s asks for what can be asked', (file) => {
  const wants: unknown = JSON.parse(readFileSync(join(expected, file), 'utf8'));
  expect(wants).toHaveProperty('why');
  checkExpectation(wants);
});
