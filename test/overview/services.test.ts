import { expect, test } from 'vitest';
import { overview } from '../../src/overview/overview.js';
import { analysis, at, client, connection, finding, reset, server, stateEntry } from '../report/analysis-fixture.js';
import { recording } from './recordings.js';

const none = { total: 0, causes: [] };

test('the showcase, service by service, as its page tells it', async () => {
  const { services } = overview(await recording('showcase'));
  const told = services.map(({ service, flows, clean, halfClosed, resets, refused, halfOpen, reuse }) => ({
    port: service.port, flows, clean, halfClosed: halfClosed.total, resets: resets.total, refused, halfOpen, ...reuse,
  }));
  const nothing = { halfClosed: 0, resets: 0, refused: 0, halfOpen: 0, accepted: 0, collisions: 0 };
  const port = (number: number) => told.find(({ port, flows }) => port === number && flows !== 40);
  expect(told[0]).toEqual({ ...nothing, port: 8000, flows: 116, clean: 60, halfClosed: 48, resets: 8 });
  expect(port(9000)).toEqual({ ...nothing, port: 9000, flows: 8, clean: 0, halfClosed: 8 });
  expect(port(9464)).toEqual({ ...nothing, port: 9464, flows: 5, clean: 0, refused: 5 });
  expect(port(5222)).toEqual({ ...nothing, port: 5222, flows: 2, clean: 0, halfOpen: 2 });
  expect(port(8081)).toEqual({ ...nothing, port: 8081, flows: 5, clean: 0, resets: 5 });
  expect(port(9100)).toMatchObject({ flows: 2, collisions: 1 });
  expect(port(8080)).toMatchObject({ flows: 163, clean: 156, accepted: 7 });
  expect(port(5432)).toEqual({ ...nothing, port: 5432, flows: 50, clean: 50 });
});

test('what a service is charged with', () => {
  const slow = { client: [], server: [stateEntry('CLOSE-WAIT', 1, 7), stateEntry('LAST-ACK', 21, 8)] };
  const leak = { client: [], server: [stateEntry('CLOSE-WAIT', 1, 7)] };
  const connections = [
    connection({ id: 0, states: leak }),
    connection({ id: 1, states: slow, resets: [reset({ cause: 'closed-peer' }), reset({ cause: 'echo' })] }),
    connection({
      id: 2, states: { client: [], server: [] }, resets: [reset({ cause: 'closed-peer' }), reset({ cause: 'abort' })],
    }),
    connection({ id: 3, states: { client: [], server: [] } }),
    connection({ id: 4, server: client, states: { client: [], server: [] }, resets: [reset({ cause: 'refused' })] }),
  ];
  const findings = [
    finding({ flow: 0 }), finding({ flow: 0, id: 'linger-reset', cause: 'abort', severity: 'warning' }),
    finding({ flow: 1, cause: 'slow', severity: 'warning' }),
    finding({ flow: 3, cause: 'intentional', severity: 'info' }),
    finding({ flow: 2, id: 'time-wait-reuse', cause: 'dropped' }),
    finding({ flow: 4, id: 'refused', cause: null, severity: 'warning' }),
  ];
  const { services } = overview(
    analysis({
      connections: connections.map((each) => ({ ...each, observedUntil: at(61) })), findings, capture: { last: at(61) },
    }),
  );
  expect(services).toEqual([
    {
      service: server, flows: 4, errors: 2, warnings: 1, clean: 0, noted: 1, unknown: 0,
      halfClosed: {
        total: 3,
        causes: [
          { cause: 'leak', flows: 1 }, { cause: 'slow', flows: 1 }, { cause: 'intentional', flows: 1 },
        ],
      },
      resets: {
        total: 2,
        causes: [
          { cause: 'closed-peer', flows: 2 }, { cause: 'abort', flows: 1 },
        ],
      },
      reuse: { accepted: 0, collisions: 1 }, refused: 0, halfOpen: 0, closeWait: { worst: at(60), median: at(60) },
    },
    {
      service: client, flows: 1, errors: 0, warnings: 1, clean: 0, noted: 0, unknown: 0, halfClosed: none, resets: none,
      reuse: { accepted: 0, collisions: 0 }, refused: 1, halfOpen: 0, closeWait: null,
    },
  ]);
});

test('an error is worse than any number of warnings, and a warning worse than many connections', () => {
  const connections = [1, 2, 2, 3, 3, 3].map((port, id) => connection({ id, server: { address: '10.0.0.1', port } }));
  const findings = [
    finding({ flow: 0 }), finding({ flow: 1, severity: 'warning' }), finding({ flow: 2, severity: 'warning' }),
  ];
  expect(overview(analysis({ connections, findings })).services.map(({ service }) => service.port)).toEqual([1, 2, 3]);
});
